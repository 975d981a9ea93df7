"""Which stored entry an entry is: every combination of guid, address, date, title and text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product

import pytest

from aggregator.process.entries import likeness, matching
from aggregator.process.entries.changes import decide
from aggregator.process.entries.identities import variant_identities
from aggregator.process.entries.likeness import words_of
from aggregator.process.entries.matching import MAX_CANDIDATES, MAX_WORDINGS, unclear_entries
from aggregator.process.entries.repeated import drop_repeated
from aggregator.types import PreparedEntry, Wording
from tests.builders import BODY, NOW, an_entry, known_entry

DAY = timedelta(days=1)
DATE = NOW - timedelta(hours=1)
PAGE = "https://h.example/news/nachra"
MOVED = "https://h.example/click?u=8841"
TITLE = "نشرة أخبار الصباح من الرباط"
EDITED_TITLE = "نشرة أخبار الصباح كاملة من الرباط"
EDITED_BODY = f"{BODY} وأضافت الوزارة أن الأشغال متواصلة في السدود الصغرى"
OTHER_TITLE = "افتتاح المعرض الدولي للكتاب"
OTHER_BODY = (
    "افتتح المعرض الدولي للكتاب أبوابه مساء الخميس بحضور مئات الناشرين القادمين من ثلاثين بلدا "
    "ويستمر إلى غاية نهاية الشهر مع لقاءات يومية بين القراء والكتاب وورشات للأطفال والشباب"
)


def prepared(
    guid: str | None,
    url: str | None,
    date: datetime | None,
    title: str = TITLE,
    text: str = BODY,
) -> PreparedEntry:
    return an_entry(title, url, guid=guid, text=text, published_at=date)


def is_same(stored: PreparedEntry, entry: PreparedEntry, now: datetime = NOW) -> bool:
    """Whether `entry`, alone in a document read at `now`, is what is stored of `stored`."""
    wording = Wording(stored.url, stored.title, stored.content)
    changes = decide([entry], [known_entry(stored, wording=wording)], {}, now)
    assert len(changes.new) + len(changes.changed) + changes.same == 1
    return not changes.new


# --- the table ----------------------------------------------------------

GUIDS = {
    "guid kept": ("g1", "g1"),
    "no guid": (None, None),
    "guid changed": ("g1", "g2"),
    "guid gone": ("g1", None),
    "guid added": (None, "g1"),
}
URLS = {"url kept": (PAGE, PAGE), "url changed": (PAGE, MOVED)}
DATES = {
    "date kept": (DATE, DATE),
    "date later": (DATE, DATE + DAY),
    "date soon after": (DATE, DATE + timedelta(hours=1)),
    "no date": (None, None),
    "date gone": (DATE, None),
}
TITLES = {"title kept": TITLE, "title edited": EDITED_TITLE, "title other": OTHER_TITLE}
TEXTS = {"text kept": BODY, "text edited": EDITED_BODY, "text other": OTHER_BODY, "no text": ""}


@dataclass(frozen=True)
class Case:
    guid: str
    url: str
    date: str
    title: str
    text: str

    def entries(self) -> tuple[PreparedEntry, PreparedEntry]:
        (guid, guid2), (url, url2), (date, date2) = (
            GUIDS[self.guid], URLS[self.url], DATES[self.date],
        )  # fmt: skip
        text = TEXTS[self.text]
        stored = prepared(guid, url, date, text=BODY if text else "")
        return stored, prepared(guid2, url2, date2, TITLES[self.title], text)

    @property
    def is_same(self) -> bool:
        """Whether both are one article, in the words that the rules are told in."""
        if self.guid == "guid kept":
            return self._is_same_by_guid
        if self.url == "url kept":
            return self._is_same_at_one_address
        return self._is_moved

    @property
    def _is_same_by_guid(self) -> bool:
        """A guid is the publisher's word, but one used again much later names another article."""
        unlike = self.title != "title kept" and self.text in ("text other", "no text")
        return not (self.url == "url changed" and self.date == "date later" and unlike)

    @property
    def _is_same_at_one_address(self) -> bool:
        """The same text always is; else without a guid all but the next issue of a bulletin."""
        alike = self.text in ("text kept", "text edited")
        if alike:
            return True
        if self.date == "date later":
            return self.title == "title kept" and self.text == "no text"
        if self.title == "title kept" or self.guid in ("no guid", "guid gone"):
            return True
        return self.date == "date kept" and self.text == "no text" and self.title == "title edited"

    @property
    def _is_moved(self) -> bool:
        """Title, text and date have to be the same, or be edited at the same moment."""
        if self.title == "title kept" and self.text == "text kept":
            return self.date in ("date kept", "no date", "date gone")
        if self.date != "date kept":
            return False
        if self.title == "title kept":
            return self.text in ("text edited", "no text")
        return self.title == "title edited" and self.text in ("text kept", "text edited")


CASES = [Case(*case) for case in product(GUIDS, URLS, DATES, TITLES, TEXTS)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: ", ".join(vars(case).values()))
def test_every_combination(case: Case) -> None:
    stored, entry = case.entries()
    assert is_same(stored, entry) is case.is_same


# --- places on a page ----------------------------------------------------------


@pytest.mark.parametrize(
    "texts", [("", ""), (BODY, EDITED_BODY), (BODY, OTHER_BODY)], ids=["no text", "alike", "other"]
)
@pytest.mark.parametrize("guids", [(None, None), ("1", "2")], ids=["no guid", "guids"])
def test_a_fragment_tells_entries_of_a_page_apart(
    texts: tuple[str, str], guids: tuple[str | None, str | None]
) -> None:
    first, second = (
        prepared(guid, f"{PAGE}#u{number}", DATE, text=text)
        for number, (guid, text) in enumerate(zip(guids, texts, strict=True))
    )
    assert len(drop_repeated([first, second])) == 2
    assert not is_same(first, second)


def test_the_same_title_text_and_date_at_another_place_of_a_page() -> None:
    first, second = (prepared(None, f"{PAGE}#{number}", DATE) for number in (1, 2))
    assert len(drop_repeated([first, second])) == 2
    assert is_same(first, second)


def test_a_fragment_that_names_nothing_tells_nothing_apart() -> None:
    plain = prepared(None, PAGE, DATE)
    for fragment in ("top", "comments", "respond", "more-41", "xtor=RSS-1", ":~:text=x"):
        assert is_same(plain, prepared(None, f"{PAGE}#{fragment}", DATE, text=EDITED_BODY))


def test_a_page_that_gets_a_fragment_stays_the_same_article() -> None:
    assert is_same(prepared(None, PAGE, DATE), prepared(None, f"{PAGE}#x9", DATE))
    assert is_same(prepared(None, f"{PAGE}#x9", DATE), prepared(None, PAGE, DATE))


# --- the dates of bulletins ----------------------------------------------------------


@pytest.mark.parametrize(
    ("apart", "same"),
    [
        (timedelta(minutes=5), True),
        (timedelta(hours=5), True),
        (timedelta(hours=6), False),
        (timedelta(hours=23, minutes=55), False),
        (7 * DAY, False),
        (-DAY, False),
    ],
)
def test_another_text_at_one_address_is_an_edit_or_the_next_issue(
    apart: timedelta, same: bool
) -> None:
    issue = prepared(None, PAGE, NOW - 9 * DAY)
    other = prepared(None, PAGE, NOW - 9 * DAY + apart, text=OTHER_BODY)
    assert is_same(issue, other) is same


@pytest.mark.parametrize("days", [0, 1, 5])
def test_a_text_that_is_continued_is_no_next_issue(days: int) -> None:
    assert is_same(
        prepared(None, PAGE, NOW - 6 * DAY),
        prepared(None, PAGE, NOW - 6 * DAY + days * DAY, EDITED_TITLE, EDITED_BODY),
    )


def test_new_figures_are_the_next_issue() -> None:
    words = "سعر صرف الدولار الأمريكي اليوم في السوق المغربية بلغ {} درهما عند الإغلاق مقابل {} أمس"
    monday = prepared(None, PAGE, NOW - 2 * DAY, text=words.format("9.87", "9.91"))
    tuesday = prepared(None, PAGE, NOW - DAY, text=words.format("9.95", "9.87"))
    assert not is_same(monday, tuesday)


def test_without_dates_another_headline_and_text_a_day_later_are_the_next_issue() -> None:
    stored = prepared(None, PAGE, None)
    other = prepared(None, PAGE, None, OTHER_TITLE, OTHER_BODY)
    assert is_same(stored, other, NOW + timedelta(hours=2))
    assert not is_same(stored, other, NOW + DAY)
    retitled = prepared(None, PAGE, None, OTHER_TITLE)
    assert is_same(stored, retitled, NOW + 9 * DAY)


def test_issues_in_one_document_are_all_new_in_any_order() -> None:
    issues = [
        prepared(None, PAGE, NOW - n * DAY, text=f"{n} {text}")
        for n, text in enumerate((BODY, OTHER_BODY, "الطقس صحو في كل الجهات مع رياح قوية بالشمال"))
    ]
    for document in (issues, issues[::-1]):
        changes = decide(drop_repeated(list(document)), [], {}, NOW)
        assert len({item.identity for item in changes.new}) == 3


# --- articles that move ----------------------------------------------------------


def test_one_headline_of_one_day_is_no_proof_without_a_text() -> None:
    midnight = datetime.combine(NOW, datetime.min.time(), NOW.tzinfo)
    first = prepared(None, PAGE, midnight, "بلاغ صحفي", "")
    assert not is_same(first, prepared(None, MOVED, midnight, "بلاغ صحفي", ""))
    assert is_same(first, prepared(None, PAGE, midnight, "بلاغ صحفي", ""))


def test_only_a_counter_in_the_address_changed() -> None:
    midnight = datetime.combine(NOW, datetime.min.time(), NOW.tzinfo)
    first, second = (prepared(None, f"{PAGE}?t={n}", midnight, text="") for n in (1, 2))
    assert is_same(first, second)
    assert not is_same(first, prepared(None, MOVED, midnight, text=""))


def test_a_short_text_that_changes_at_each_poll() -> None:
    first, second = (prepared(None, f"{PAGE}?t={n}", DATE, text=f"{n} تعليقات") for n in (3, 4))
    assert is_same(first, second)
    assert not is_same(first, prepared(None, MOVED, DATE, OTHER_TITLE, "3 تعليقات"))


def test_a_row_that_the_document_still_has_is_not_taken_by_another_entry() -> None:
    first, second = prepared("1", PAGE, DATE), prepared("2", MOVED, DATE)
    for document in ([first, second], [second, first]):
        changes = decide(document, [known_entry(first)], {}, NOW)
        assert [item.entry.guid for item in changes.new] == ["2"]


def test_an_article_twice_in_a_document_without_guid_is_stored_once() -> None:
    twice = [prepared(None, f"{PAGE}?t={number}", DATE) for number in (1, 2)]
    assert len(drop_repeated(twice)) == 1
    with_guid = [prepared(str(number), f"{PAGE}?t={number}", DATE) for number in (1, 2)]
    assert len(drop_repeated(with_guid)) == 2


# --- what retention deleted ----------------------------------------------------------


def test_the_next_issue_comes_although_the_last_one_was_deleted() -> None:
    issue = prepared(None, PAGE, DATE)
    gone = {issue.identity: NOW - DAY}
    assert decide([issue], [], gone, NOW).new
    assert not decide([prepared(None, PAGE, NOW - 2 * DAY)], [], gone, NOW).new
    assert not decide([prepared(None, PAGE, None)], [], gone, NOW).new
    assert not decide(
        [prepared("g", PAGE, DATE)], [], {prepared("g", PAGE, DATE).identity: NOW}
    ).new


# --- how much is compared --------------------------------------------------------------


@pytest.mark.parametrize("alike", ["moment", "text", "url"])
def test_entries_that_are_alike_are_compared_with_few_rows(
    monkeypatch: pytest.MonkeyPatch, alike: str
) -> None:
    """A document may have a thousand entries of one moment, of one text or at one address."""
    many = 120

    def document(issue: int) -> list[PreparedEntry]:
        return [
            prepared(
                f"g{issue}-{number}",
                PAGE if alike == "url" else f"{PAGE}/{issue}/{number}",
                DATE,
                f"{TITLE} {issue} {number}",
                BODY if alike == "text" else f"{BODY} {issue} {number} {number * issue}",
            )
            for number in range(many)
        ]

    rows = [
        known_entry(each, id_=number, wording=Wording(each.url, each.title, each.content))
        for number, each in enumerate(document(1), 1)
    ]
    read = []
    monkeypatch.setattr(matching, "words_of", lambda of: read.append(of) or words_of(of))
    compared = []
    monkeypatch.setattr(likeness, "_shared", lambda *texts: compared.append(texts) or 0.0)
    decide(document(2), rows, {}, NOW)
    assert len(read) <= 2 * many
    assert len(compared) <= 4 * matching.MAX_CANDIDATES * many


ALIKE = 300


def alike(kind: str, poll: int) -> list[PreparedEntry]:
    """A document of entries that share all but what `kind` says, new at each poll."""
    document = []
    for number in range(ALIKE):
        name = f"{poll}-{number}"
        words = " ".join(f"{name}x{place}" for place in range(30))
        guid, url, title, text = {
            "title": (name, f"https://h.example/{name}", TITLE, words),
            "short": (name, f"https://h.example/{name}", TITLE, f"{name} نص"),
            "guid": ("1", f"https://h.example/{name}", TITLE, words),
            "fragment": (None, f"{PAGE}#{name}", TITLE, words),
        }[kind]
        document.append(prepared(guid, url, DATE, title, text))
    return list(drop_repeated(document))


@pytest.mark.parametrize("kind", ["title", "short", "guid", "fragment"])
def test_entries_are_compared_with_few_of_many_that_are_alike(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    read = counted(monkeypatch, matching, "words_of")
    rules = [
        counted(monkeypatch, matching._Comparison, rule)
        for rule in ("confirms", "allows", "is_same_at_address", "is_moved")
    ]
    known = [
        known_entry(
            entry,
            number,
            identity=variant_identities(entry)[0] if entry.shares_guid else entry.identity,
            wording=Wording(entry.url, entry.title, entry.content),
        )
        for number, entry in enumerate(alike(kind, 1) + alike(kind, 2), 1)
    ]
    decide(alike(kind, 3), known, {}, NOW)
    # Once an entry and a row; the names, and the likeliest by address, wording and date.
    assert len(read) <= ALIKE + len(known)
    assert sum(map(len, rules)) <= ALIKE * (10 + 6 * MAX_CANDIDATES)


@pytest.mark.parametrize("days", [0, 1, 30, 58, 59])
def test_the_nearest_of_many_entries_of_one_text_is_found(days: int) -> None:
    known = [
        known_entry(prepared(str(day), f"{PAGE}/{day}", DATE - day * DAY), day + 1)
        for day in range(60)
    ]
    # A minute later, so that no equal date finds it.
    moved = prepared("new", f"{PAGE}/moved", DATE - days * DAY + timedelta(minutes=1))
    assert [item.id for item in decide([moved], known, {}, NOW).changed] == [days + 1]


def test_the_wordings_of_the_newest_are_read() -> None:
    known = [
        known_entry(prepared(str(number), None, DATE, f"{TITLE} {number}"), number)
        for number in range(1, MAX_WORDINGS + 100)
    ]
    ids = unclear_entries([prepared("new", None, DATE)], known)
    assert len(ids) == MAX_WORDINGS
    assert min(ids) == 100


def counted(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> list[object]:
    """Count calls of a function: the list grows with each."""
    calls: list[object] = []
    function = getattr(owner, name)

    def counting(*arguments: object) -> object:
        calls.append(name)
        return function(*arguments)

    monkeypatch.setattr(owner, name, counting)
    return calls
