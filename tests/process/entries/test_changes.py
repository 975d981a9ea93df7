"""What a document changes: which of its entries are new, changed, the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.process.entries.changes import decide
from aggregator.process.entries.identities import candidate_identities, variant_identities
from aggregator.types import ChangedEntry, KnownEntry, NewEntry, PreparedEntry
from tests.builders import BODY, NOW, an_entry, known_entry

DAY = timedelta(days=1)
DERBY = an_entry("الديربي", "https://h.example/derby", guid="7", text=BODY)


def test_everything_is_new_at_first() -> None:
    rain = an_entry("أمطار", "https://h.example/rain")
    changes = decide([DERBY, rain], [], {})
    assert changes.new == (NewEntry(DERBY.identity, DERBY), NewEntry(rain.identity, rain))
    assert not changes.changed


def test_polled_again_nothing_is_new() -> None:
    changes = decide([DERBY], [known_entry(DERBY)], {})
    assert (changes.new, changes.changed, changes.same) == ((), (), 1)


@pytest.mark.parametrize(
    "edited",
    [
        an_entry("الديربي بالفيديو", "https://h.example/derby", guid="7", text=BODY),
        an_entry("الديربي", "https://h.example/derby", guid="7", text=f"{BODY} اليوم"),
        an_entry("الديربي بالفيديو", "https://h.example/derby-video", guid="7", text=BODY),
        an_entry("نتيجة أخرى", "https://h.example/other", guid="7", text="قصير"),
    ],
    ids=["headline", "body", "headline and address", "everything but the guid"],
)
def test_an_edit_changes_the_entry_and_adds_none(edited: PreparedEntry) -> None:
    changes = decide([edited], [known_entry(DERBY, id_=5)], {})
    assert not changes.new
    assert changes.changed == (
        ChangedEntry(5, DERBY.identity, edited, edited=True, published_at=NOW - timedelta(hours=1)),
    )


def test_what_only_the_eye_sees_is_no_edit() -> None:
    picture = replace(DERBY, revision=1, image_url="https://h.example/a.jpg")
    (change,) = decide([picture], [known_entry(DERBY)], {}).changed
    assert not change.edited


def test_without_a_guid_the_address_tells() -> None:
    before = an_entry("أمطار", "https://h.example/rain")
    after = an_entry("أمطار غزيرة", "http://www.h.example/rain/?utm_source=rss")
    changes = decide([after], [known_entry(before)], {})
    assert not changes.new
    assert changes.changed[0].edited


def test_without_guid_and_address_the_words_tell() -> None:
    wire = an_entry("خبر عاجل", text=BODY)
    assert not decide([an_entry("خبر، عاجل!", text=BODY)], [known_entry(wire)], {}).new
    assert decide([an_entry("خبر آخر", text=BODY)], [known_entry(wire)], {}).new


def test_the_same_headline_twice_is_two_articles() -> None:
    monday = an_entry("حالة الطقس", "https://h.example/1", guid="1")
    tuesday = an_entry("حالة الطقس", "https://h.example/2", guid="2")
    assert decide([tuesday, monday], [known_entry(monday)], {}).new == (
        NewEntry(tuesday.identity, tuesday),
    )


# --- guids that change --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "again",
    [
        an_entry("الديربي", "https://h.example/derby", guid="new", text="جملة من خمس كلمات لا غير"),
        an_entry("الديربي، تحديث", "https://h.example/derby", guid="new", text=BODY),
    ],
    ids=["same headline", "same text"],
)
def test_a_new_guid_for_the_same_article_is_taken_over(again: PreparedEntry) -> None:
    changes = decide([again], [known_entry(DERBY, id_=5)], {})
    assert not changes.new
    assert [(c.id, c.identity) for c in changes.changed] == [(5, again.identity)]


def test_a_new_guid_is_taken_over_even_where_nothing_else_changed() -> None:
    again = an_entry("الديربي", "https://h.example/derby", guid="new", text=BODY)
    (change,) = decide([again], [known_entry(DERBY, id_=5)], {}).changed
    assert (change.identity, change.edited) == (again.identity, False)


def test_tomorrows_weather_at_the_same_address_is_another_article() -> None:
    today = an_entry(
        "الطقس", "https://h.example/weather", guid="mon", text="صحو في كل الجهات اليوم"
    )
    tomorrow = an_entry(
        "الطقس", "https://h.example/weather", guid="wed", text="أمطار في كل الجهات اليوم",
        published_at=NOW + 2 * DAY,
    )  # fmt: skip
    assert decide([tomorrow], [known_entry(today)], {}).new


def test_another_article_at_the_same_address() -> None:
    live = an_entry("مباشر", "https://h.example/live", guid="1")
    other = an_entry("خبر مختلف", "https://h.example/live", guid="2")
    assert decide([other], [known_entry(live)], {}).new == (NewEntry(other.identity, other),)


# --- guids that collide -------------------------------------------------------------------------


def reused(guid: str = "7") -> PreparedEntry:
    return an_entry(
        "بلاغ جديد", "https://h.example/new", guid=guid, text="غير ذلك", published_at=NOW + 2 * DAY
    )


def test_a_guid_used_again_much_later_names_another_article() -> None:
    changes = decide([reused()], [known_entry(DERBY)], {})
    assert not changes.changed
    assert changes.new == (NewEntry(variant_identities(reused())[0], reused()),)


def test_an_article_under_a_taken_guid_is_found_again() -> None:
    rows = [
        known_entry(DERBY, id_=1),
        known_entry(reused(), id_=2, identity=variant_identities(reused())[0]),
    ]
    changes = decide([reused(), DERBY], rows, {})
    assert (changes.new, changes.changed, changes.same) == ((), (), 2)
    edited = replace(reused(), revision=1, text_revision=1, title="بلاغ معدل")
    assert [c.id for c in decide([edited], rows, {}).changed] == [2]


# --- what was deleted ---------------------------------------------------------------------------


def test_what_retention_deleted_never_returns() -> None:
    changes = decide([DERBY], [], {DERBY.identity: NOW})
    assert (changes.new, changes.same) == ((), 1)


def test_nor_under_a_taken_guid() -> None:
    assert not decide([reused()], [known_entry(DERBY)], {variant_identities(reused())[0]: NOW}).new


def test_nor_edited() -> None:
    edited = an_entry("الديربي بالفيديو", "https://h.example/derby", guid="7", text=f"{BODY} اليوم")
    assert not decide([edited], [], {DERBY.identity: NOW}).new


# --- always -------------------------------------------------------------------------------------

WORDS = st.sampled_from(["أ", "ب", "ج"])
ENTRIES = st.builds(
    lambda title, place, guid, text, days: an_entry(
        title,
        place and f"https://h.example/{place}",
        guid=guid,
        text=BODY if text else "",
        published_at=NOW + timedelta(days=days),
    ),
    WORDS,
    st.none() | WORDS,
    st.none() | WORDS,
    st.booleans(),
    st.integers(0, 3),
)
DOCUMENTS = st.lists(ENTRIES, max_size=5, unique_by=lambda entry: entry.identity)


@given(st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_stored_identities_stay_unique_and_a_repeated_document_adds_nothing(
    documents: list[list[PreparedEntry]],
) -> None:
    rows: dict[int, KnownEntry] = {}
    for document in documents:
        rows = apply(rows, document)
        assert len({row.identity for row in rows.values()}) == len(rows)
        assert not decide(document, rows.values(), {}).new


def test_a_row_does_not_keep_the_guid_of_another_article() -> None:
    """In the last document the guid names another article, and its row goes to one without a guid,
    the own name of which is taken."""

    def entry(title: str, place: str = "", guid: str = "", days: int = 0) -> PreparedEntry:
        url = place and f"https://h.example/{place}"
        at = NOW + timedelta(days=days)
        return an_entry(title, url or None, guid=guid or None, text="", published_at=at)

    unlinked = entry("أ")
    rows: dict[int, KnownEntry] = {}
    for document in (
        [unlinked, entry("أ", guid="أ", days=1), entry("ب", "ب")],
        [unlinked, entry("أ", "أ"), entry("أ", "أ", "أ")],
        [unlinked, entry("ب", "أ", days=1), entry("ب", "ب", "أ")],
    ):
        rows = apply(rows, document)
        assert not decide(document, rows.values(), {}).new
    assert entry("ب", "ب", "أ").identity not in {rows[id_].identity for id_ in (1, 2, 4)}


def apply(rows: dict[int, KnownEntry], document: list[PreparedEntry]) -> dict[int, KnownEntry]:
    """What the database holds after `document`."""
    changes = decide(document, rows.values(), {})
    assert len(changes.new) + len(changes.changed) + changes.same == len(document)
    after = dict(rows)
    for item in changes.new:
        id_ = len(after) + 1
        after[id_] = known_entry(item.entry, id_, identity=item.identity)
    for change in changes.changed:
        after[change.id] = known_entry(
            change.entry,
            change.id,
            identity=change.identity,
            published_at=rows[change.id].published_at,
        )
    return after


def test_identities_lists_all_under_which_an_entry_may_be_stored() -> None:
    assert candidate_identities([DERBY]) == [DERBY.identity, *variant_identities(DERBY)]
