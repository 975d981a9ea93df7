"""The same article in several feeds: which entries are copies, and of which."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.storage.engine import Database
from aggregator.storage.entries import duplicates as copies
from aggregator.storage.entries.duplicates import MAX_COMPARISONS
from aggregator.types import PreparedEntry, Wording
from tests.builders import BODY, NOW, an_entry, entry_rows
from tests.storage.entries.writing import change, store

DAY = timedelta(days=1)
SHORT = "جملة من خمس كلمات لا غير"
EXCERPT = " ".join(BODY.split()[:20])
OTHER = "افتتح المعرض الدولي للكتاب أبوابه مساء الخميس بحضور مئات الناشرين من ثلاثين بلدا عربيا"
HEADLINE = "نسبة ملء السدود تبلغ أربعين في المائة"


def duplicates(database: Database) -> dict[int, int | None]:
    return {row.id: row.duplicate_of for row in entry_rows(database)}


@pytest.mark.parametrize(
    ("first", "second", "is_copy"),
    [
        ((HEADLINE, BODY), (HEADLINE, BODY), True),
        ((HEADLINE, BODY), ("السدود تنتعش", BODY), True),
        ((HEADLINE, BODY), ("السدود تنتعش", EXCERPT), True),
        ((HEADLINE, EXCERPT), ("السدود تنتعش", f"{BODY} وأضافت الوزارة"), True),
        ((HEADLINE, BODY), (HEADLINE, ""), True),
        ((HEADLINE, ""), (f"{HEADLINE} بعد الأمطار", ""), True),
        (("أ", ""), ("أ", ""), True),
        (("أ", ""), ("عنوان آخر", ""), True),
        (("زلزال قوي", ""), ("زلزال قوي جدا", ""), True),
        (("أ", ""), ("ب", BODY), False),
        ((HEADLINE, BODY), (HEADLINE, OTHER), True),
        ((HEADLINE, BODY), ("معرض الكتاب", OTHER), False),
        (("بلاغ", BODY), ("بلاغ", OTHER), False),
        ((HEADLINE, ""), ("معرض الكتاب يفتتح", ""), False),
        ((HEADLINE, BODY), ("معرض الكتاب يفتتح", ""), False),
        ((HEADLINE, SHORT), ("معرض الكتاب يفتتح", "صور من المعرض الدولي للكتاب اليوم"), False),
    ],
    ids=[
        "equal", "another headline", "an excerpt", "longer", "without text", "edited headline",
        "headlines only", "a headline that says nothing", "a short headline, edited",
        "a headline that says nothing beside a text", "the other's lead",
        "unrelated", "unrelated, one word of headline",
        "unrelated headlines", "unrelated without text", "unrelated and short",
    ],
)  # fmt: skip
def test_the_same_address_in_another_feed_is_a_copy_if_it_says_the_same(
    database: Database,
    hespress: int,
    medias24: int,
    first: tuple[str, str],
    second: tuple[str, str],
    is_copy: bool,
) -> None:
    address, again = "https://h.example/a.pdf", "http://www.h.example/a.pdf?utm_source=x#top"
    here, there = (
        an_entry(first[0], address, text=first[1]),
        an_entry(second[0], again, text=second[1]),
    )
    (original,) = store(database, hespress, here)
    (copy,) = store(database, medias24, there)
    assert duplicates(database) == {original: None, copy: original if is_copy else None}


@pytest.mark.parametrize("shared", ["url", "text"])
def test_what_too_many_entries_share_makes_no_copies(
    database: Database, hespress: int, medias24: int, monkeypatch: pytest.MonkeyPatch, shared: str
) -> None:
    monkeypatch.setattr(copies, "MAX_SHARED", 2)
    copies._copies_by.cache_clear()
    alike = {"url": "https://h.example/page", "text": BODY}[shared]

    def entry(number: int) -> PreparedEntry:
        return an_entry(HEADLINE, **{shared: alike}, guid=f"g{number}")

    ids = [store(database, feed, entry(0))[0] for feed in (hespress, medias24)]
    assert duplicates(database)[ids[1]] == ids[0]
    store(database, hespress, entry(1))
    (last,) = store(database, medias24, entry(2))
    copies._copies_by.cache_clear()
    assert duplicates(database)[last] is None


def test_places_on_one_page_are_no_copies(database: Database, hespress: int, medias24: int) -> None:
    (first,) = store(database, hespress, an_entry("صدر", "https://h.example/changes#v1"))
    (second,) = store(database, medias24, an_entry("صدر", "https://h.example/changes#v09"))
    assert duplicates(database) == {first: None, second: None}


def test_equal_words_at_one_address_are_a_copy_however_few(
    database: Database, hespress: int, medias24: int
) -> None:
    (first,) = store(database, hespress, an_entry("أ", "https://h.example/a", text="نص"))
    (copy,) = store(database, medias24, an_entry("أ", "https://h.example/a", text="نص", guid="2"))
    assert duplicates(database)[copy] == first


def test_few_copies_are_compared_word_by_word(
    database: Database, hespress: int, medias24: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every entry says something else under the same address, in each feed."""

    def document(feed: str, count: int) -> list[PreparedEntry]:
        return [
            an_entry(f"{feed} {number}", f"https://h.example/{number}", guid=f"{feed}{number}",
                     text=f"{feed} {number} {SHORT}")
            for number in range(count)
        ]  # fmt: skip

    compared: list[Wording] = []

    def is_same_article(*wordings: Wording) -> bool:
        compared.extend(wordings)
        return False

    count = MAX_COMPARISONS + 50
    store(database, hespress, *document("ا", count))
    monkeypatch.setattr(copies, "is_same_article", is_same_article)
    ids = store(database, medias24, *document("ب", count))
    assert len(compared) == 2 * MAX_COMPARISONS
    assert {duplicates(database)[id_] for id_ in ids} == {None}


@pytest.mark.parametrize(
    ("title", "text", "is_copy"),
    [
        ("عنوان آخر", BODY, True),
        ("أ", SHORT, True),
        ("عنوان آخر", SHORT, False),
        ("أ", "خبر مختلف عن ذلك الخبر", False),
        ("أ", "", False),
    ],
    ids=["long text", "short text, same headline", "short text", "another text", "headline only"],
)
def test_the_same_text_in_another_feed_is_a_copy(
    database: Database, hespress: int, medias24: int, title: str, text: str, is_copy: bool
) -> None:
    for number, told in enumerate((SHORT, BODY)):
        store(database, hespress, an_entry("أ", f"https://h.example/{number}", text=told))
    (second,) = store(database, medias24, an_entry(title, "https://m.example/x", text=text))
    assert (duplicates(database)[second] is not None) is is_copy


def test_the_same_headline_in_another_feed_is_no_copy(
    database: Database, hespress: int, medias24: int
) -> None:
    store(database, hespress, an_entry("حالة الطقس", "https://h.example/w", text=BODY))
    other = an_entry("حالة الطقس", "https://m.example/w", text=BODY.replace("السدود", "الآبار"))
    store(database, medias24, other)
    assert list(duplicates(database).values()) == [None, None]


def test_within_a_feed_nothing_is_a_copy(database: Database, hespress: int) -> None:
    store(database, hespress, an_entry("أ", "https://h.example/a", guid="1", text=BODY))
    store(database, hespress, an_entry("ب", "https://h.example/a", guid="2", text=BODY))
    assert list(duplicates(database).values()) == [None, None]


def test_nor_through_its_own_copy_elsewhere(
    database: Database, hespress: int, medias24: int
) -> None:
    (first,) = store(database, hespress, an_entry("أ", "https://h.example/a", guid="1", text=BODY))
    (copy,) = store(database, medias24, an_entry("أ", "https://m.example/a", text=BODY))
    (again,) = store(database, hespress, an_entry("ب", "https://h.example/b", guid="2", text=BODY))
    assert duplicates(database) == {first: None, copy: first, again: None}


def test_every_copy_points_at_the_first(
    database: Database, hespress: int, medias24: int, le360: int
) -> None:
    (first,) = store(database, hespress, an_entry("أ", "https://h.example/a", text=BODY))
    (second,) = store(database, medias24, an_entry("ب", "https://m.example/b", text=BODY))
    (third,) = store(database, le360, an_entry("ب", "https://m.example/b"))
    assert duplicates(database) == {first: None, second: first, third: first}


@pytest.mark.parametrize(
    ("apart", "is_copy"), [(7 * DAY, True), (8 * DAY, False), (-7 * DAY, True), (-8 * DAY, False)]
)
def test_the_same_text_counts_for_a_week(
    database: Database, hespress: int, medias24: int, apart: timedelta, is_copy: bool
) -> None:
    old = NOW - 60 * DAY
    store(database, hespress, an_entry("أ", "https://h.example/a", text=BODY, published_at=old))
    copy = an_entry("ب", "https://m.example/b", text=BODY, published_at=old + apart)
    (second,) = store(database, medias24, copy)
    assert (duplicates(database)[second] is not None) is is_copy


@pytest.mark.parametrize(("apart", "is_copy"), [(30 * DAY, True), (31 * DAY, False)])
def test_the_same_address_counts_for_a_month(
    database: Database, hespress: int, medias24: int, apart: timedelta, is_copy: bool
) -> None:
    old = NOW - 60 * DAY
    store(database, hespress, an_entry("أ", "https://h.example/a", published_at=old))
    copy = an_entry("أ", "https://h.example/a", published_at=old + apart)
    (second,) = store(database, medias24, copy)
    assert (duplicates(database)[second] is not None) is is_copy


def test_an_edited_copy_stays_a_copy_and_an_edited_first_stays_first(
    database: Database, hespress: int, medias24: int
) -> None:
    (first,) = store(database, hespress, an_entry("أ", "https://h.example/a", guid="1"))
    (copy,) = store(database, medias24, an_entry("أ", "https://h.example/a", guid="2"))
    change(database, first, an_entry("أ ٢", "https://h.example/a2", guid="1"))
    change(database, copy, an_entry("ب ٢", "https://h.example/a", guid="2"))
    assert duplicates(database) == {first: None, copy: first}
