"""Which stored entry each entry of a document is. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import TypeVar

from aggregator.process.entries import likeness
from aggregator.process.entries.identities import former_identities, variant_identities
from aggregator.process.entries.likeness import Words, words_of
from aggregator.types import KnownEntry, PreparedEntry

Key = TypeVar("Key", bound=Hashable)

# A guid that comes back with another URL and headline this much later names another article.
GUID_REUSE_AFTER = timedelta(days=1)
# Another text at one address, dated this much later, is the next issue of a bulletin. Less is an
# edit: publishers who write news as they break change texts and dates within the hour.
NEXT_ISSUE_AFTER = timedelta(hours=6)
# Rows of each kind to compare an entry with in full: a document may have a thousand entries of one
# text or moment, and all of them as stored rows.
MAX_CANDIDATES = 16
# Rows whose wording is read to compare a document with, the newest: they are held in memory.
MAX_WORDINGS = 2_000
# How far dates of one article may be apart: one in the near future is stored as that of its poll.
SAME_MOMENT = timedelta(minutes=10)


class StoredEntries:
    """The stored entries of a feed that share a key with one of its documents."""

    def __init__(
        self, known: Iterable[KnownEntry], now: datetime | None, unchanged: Collection[int] = ()
    ) -> None:
        """`unchanged`: identities of rows whose entries are in the document as they are stored."""
        self._by_identity = {row.identity: row for row in known}
        self._now = now
        rows = self._by_identity
        self._unchanged = frozenset(rows[key].id for key in unchanged if key in rows)
        self._seen = set(self._unchanged)

    def __contains__(self, identity: int) -> bool:
        return identity in self._by_identity

    def match(self, entries: Sequence[PreparedEntry]) -> list[KnownEntry | None]:
        """Return the stored entry that each of `entries` is; None if it is new.

        What is certain comes first, so that no entry takes the row of another one that stands
        further down in the document.
        """
        found: list[KnownEntry | None] = [None] * len(entries)
        words: dict[int, Words | None] = {}
        pending = [
            (place, _Comparison(entry, self._now, words)) for place, entry in enumerate(entries)
        ]
        self._seen = set(self._unchanged)
        for rule in (self._confirmed_name, self._name, self._address, self._moved):
            unknown = []
            for place, comparison in pending:
                row = rule(comparison)
                if row is None:
                    unknown.append((place, comparison))
                else:
                    found[place] = row
                    self._seen.add(row.id)
            pending = unknown
        return found

    def _confirmed_name(self, to: _Comparison) -> KnownEntry | None:
        """Find the row with one of the entry's names that a guid or the wording confirms."""
        return next((row for row in self._with_names_of(to.entry) if to.confirms(row)), None)

    def _name(self, to: _Comparison) -> KnownEntry | None:
        """Find the row with one of the entry's names that is no other article."""
        rows = filter(to.allows, self._with_names_of(to.entry))
        if to.entry.has_guid:
            return next(rows, None)
        return min(rows, key=to.distance, default=None)

    def _address(self, to: _Comparison) -> KnownEntry | None:
        """Find the row at the entry's address, whatever its guid was."""
        keys = [key for key in (to.entry.url_key, to.entry.former_url_key) if key is not None]
        groups = [self._by_url.get(key, ()) for key in keys]
        groups.insert(0, self._by_wording.get(to.entry.text_revision, ()) if any(groups) else ())
        rows = [row for row in self._candidates(groups, to) if row.url_key in keys]
        return min(filter(to.is_same_at_address, rows), key=to.distance, default=None)

    def _moved(self, to: _Comparison) -> KnownEntry | None:
        """Find the row of the same title, text and date, whatever its address was."""
        entry = to.entry
        rows = self._candidates(
            [
                self._by_wording.get(entry.text_revision, ()),
                self._by_headline.get((entry.published_at, entry.title_key), ()),
                self._by_text.get(entry.text_key, ()) if entry.text_key is not None else (),
                self._by_moment.get(entry.published_at, ()) if entry.published_at else (),
            ],
            to,
        )
        return min(filter(to.is_moved, rows), key=to.distance, default=None)

    def _candidates(
        self, groups: Iterable[Sequence[KnownEntry]], to: _Comparison
    ) -> list[KnownEntry]:
        """Return unseen rows of each group, the nearest in time, the likeliest group first."""
        found: dict[int, KnownEntry] = {}
        for group in groups:
            found |= {row.id: row for row in self._nearest(group, to)}
        return list(found.values())

    def _nearest(self, group: Sequence[KnownEntry], to: _Comparison) -> list[KnownEntry]:
        """Return at most `MAX_CANDIDATES` unseen rows of a group that has the newest first."""
        if len(group) <= MAX_CANDIDATES:
            return self._unseen(group)
        middle = bisect_left(group, -to.date.timestamp(), key=_age) if to.date else 0
        later = (group[place] for place in range(middle - 1, -1, -1))
        earlier = (group[place] for place in range(middle, len(group)))
        near = [row for side in (earlier, later) for row in self._first_unseen(side)]
        return sorted(near, key=to.distance)[:MAX_CANDIDATES]

    def _first_unseen(self, rows: Iterable[KnownEntry]) -> Iterable[KnownEntry]:
        return islice((row for row in rows if row.id not in self._seen), MAX_CANDIDATES)

    def _with_names_of(self, entry: PreparedEntry) -> list[KnownEntry]:
        names = (*variant_identities(entry), entry.identity, *former_identities(entry))
        rows = self._by_identity
        return self._unseen([rows[key] for key in names if key in rows])

    def _unseen(self, rows: Iterable[KnownEntry]) -> list[KnownEntry]:
        return [row for row in rows if row.id not in self._seen]

    @cached_property
    def _by_url(self) -> Mapping[int, Sequence[KnownEntry]]:
        return _grouped(self._by_identity.values(), lambda row: row.url_key)

    @cached_property
    def _by_wording(self) -> Mapping[int, Sequence[KnownEntry]]:
        return _grouped(self._by_identity.values(), lambda row: row.text_revision)

    @cached_property
    def _by_headline(self) -> Mapping[tuple[datetime | None, int], Sequence[KnownEntry]]:
        return _grouped(self._by_identity.values(), lambda row: (row.published_at, row.title_key))

    @cached_property
    def _by_text(self) -> Mapping[int, Sequence[KnownEntry]]:
        return _grouped(self._by_identity.values(), lambda row: row.text_key)

    @cached_property
    def _by_moment(self) -> Mapping[datetime, Sequence[KnownEntry]]:
        return _grouped(self._by_identity.values(), lambda row: row.published_at)


def _age(row: KnownEntry) -> float:
    return -row.published_at.timestamp()


def _grouped(
    rows: Iterable[KnownEntry], key: Callable[[KnownEntry], Key | None]
) -> Mapping[Key, Sequence[KnownEntry]]:
    """Group rows by a key, the newest first: of many alike, a document has the latest."""
    groups: dict[Key, list[KnownEntry]] = {}
    for row in sorted(rows, key=lambda row: row.published_at, reverse=True):
        if (value := key(row)) is not None:
            groups.setdefault(value, []).append(row)
    return groups


class _Comparison:
    """An entry of a document, to compare with stored ones."""

    def __init__(
        self, entry: PreparedEntry, now: datetime | None, words: dict[int, Words | None]
    ) -> None:
        self.entry = entry
        self.date = entry.published_at or now
        self._now = now
        self._words_by_row = words  # of rows that were compared before

    @cached_property
    def _words(self) -> Words:
        return words_of(self.entry)

    def distance(self, row: KnownEntry) -> timedelta:
        """How far the dates are apart; an entry without one is as of now."""
        return abs(self.date - row.published_at) if self.date else timedelta()

    # --- under a name of the entry -----------------------------------------------------------

    def confirms(self, row: KnownEntry) -> bool:
        """Whether `row`, which has a name of the entry, is it for certain."""
        if not self.entry.has_guid:
            same_wording = row.text_revision == self.entry.text_revision
            return same_wording and not self._is_other_place(row)
        if not self.entry.shares_guid and row.identity == self.entry.identity:
            return not self._guid_reused(row)
        return self._may_have_address_of(row) and row.identity in variant_identities(self.entry)

    def allows(self, row: KnownEntry) -> bool:
        """Whether `row`, which has a name of the entry, may be it."""
        entry = self.entry
        if row.identity in former_identities(entry):
            if self._is_other_place(row) or not self._has_title_or_text_of(row):
                return False
            return not self._is_next_issue(row)
        if not entry.has_guid:
            if entry.shares_guid and not self._has_title_or_text_of(row):
                return False
            return not self._is_next_issue(row)
        if not entry.shares_guid:
            return False
        if row.url_key is not None and entry.url_key is not None:
            return self._may_have_address_of(row)
        return self._has_title_or_text_of(row)

    def _guid_reused(self, row: KnownEntry) -> bool:
        """Whether the guid of `row` now names another article."""
        entry = self.entry
        if entry.url_key is None or row.url_key is None or self._may_have_address_of(row):
            return False
        if self.distance(row) < GUID_REUSE_AFTER or self._has_title_or_text_of(row):
            return False
        return not self._corrects(row)

    # --- at its address ------------------------------------------------------------------------

    def is_same_at_address(self, row: KnownEntry) -> bool:
        """Whether `row`, which has the address of the entry, is it, not tomorrow's weather."""
        if self._is_other_place(row):
            return False
        if self._has_text_of(row):
            return True
        if row.url_key == self.entry.url_key:
            known_by_it = not self.entry.has_guid or row.title_key == self.entry.title_key
            if known_by_it and not self._is_next_issue(row):
                return True
            words = self._words_of(row)
            if words and self._has_moment_of(row):
                return likeness.is_same_article(self._words, words)
        return self._corrects(row)

    def _is_next_issue(self, row: KnownEntry) -> bool:
        """Whether an address that names `row` now names another article.

        A date tells, if there is one; else a day after `row` another title and another text.
        """
        if self._has_text_of(row) or row.text_revision == self.entry.text_revision:
            return False
        if self.entry.published_at is None:
            if row.title_key == self.entry.title_key or self._now is None:
                return False
            return self.distance(row) >= GUID_REUSE_AFTER and not self._corrects(row)
        if self.distance(row) < NEXT_ISSUE_AFTER:
            return False
        if row.title_key == self.entry.title_key and self._lacks_text(row):
            return False
        return not self._corrects(row)

    def _lacks_text(self, row: KnownEntry) -> bool:
        """Whether there is no text on one side at least, so that only titles can be compared."""
        words = self._words_of(row)
        return self.entry.word_count == 0 or (words is not None and not words.text)

    def _corrects(self, row: KnownEntry) -> bool:
        words = self._words_of(row)
        return words is not None and likeness.is_correction(self._words, words)

    # --- at another address --------------------------------------------------------------------

    def is_moved(self, row: KnownEntry) -> bool:
        """Whether `row` is the entry, although neither guid nor address are the same.

        Title, text and date have to be; two of them, and most of the third, if the date has a
        time of day. Without a date the text has to be long enough to tell.
        """
        entry = self.entry
        same_wording = row.text_revision == entry.text_revision
        if same_wording and entry.text_key is not None:
            return entry.published_at is None or self.distance(row) <= SAME_MOMENT
        if entry.published_at is None or not self._has_moment_of(row):
            return False
        if self._is_other_place(row):
            return False
        if same_wording and entry.word_count:
            return True
        words = self._words_of(row)
        if words is None:
            return False
        if not _has_time(entry.published_at):
            return (
                same_wording
                and len(words.title) >= likeness.MIN_TITLE_WORDS
                and self._is_page_of(row)
            )
        if likeness.texts_alike(self._words, words):
            return likeness.titles_alike(self._words, words) or row.title_key == entry.title_key
        return row.title_key == entry.title_key and likeness.only_titles_tell(self._words, words)

    def _is_page_of(self, row: KnownEntry) -> bool:
        """Whether only parameters tell the addresses apart."""
        addresses = (self.entry.url, row.wording.url if row.wording else None)
        here, there = (re.split(r"[?#]", address or "", maxsplit=1)[0] for address in addresses)
        return here == there

    def _is_other_place(self, row: KnownEntry) -> bool:
        """Whether both are on one page, at places that fragments tell apart."""
        entry = self.entry
        if not _is_place(entry):
            return False
        if row.url_key == entry.url_key or row.wording is None or row.wording.url is None:
            return False
        page, _, place = (entry.url or "").partition("#")
        stored_page, _, stored_place = row.wording.url.partition("#")
        return page == stored_page and stored_place not in ("", place)

    # --- keys ----------------------------------------------------------------------------------

    def _may_have_address_of(self, row: KnownEntry) -> bool:
        """Whether both may have one address, as far as both have one."""
        keys = (None, self.entry.url_key, self.entry.former_url_key)
        return self.entry.url_key is None or row.url_key in keys

    def _has_title_or_text_of(self, row: KnownEntry) -> bool:
        return row.title_key == self.entry.title_key or self._has_text_of(row)

    def _has_text_of(self, row: KnownEntry) -> bool:
        return self.entry.text_key is not None and row.text_key == self.entry.text_key

    def _has_moment_of(self, row: KnownEntry) -> bool:
        return row.published_at == self.entry.published_at

    def _words_of(self, row: KnownEntry) -> Words | None:
        if row.id not in self._words_by_row:
            self._words_by_row[row.id] = words_of(row.wording) if row.wording else None
        return self._words_by_row[row.id]


def _has_time(moment: datetime) -> bool:
    """Whether a date is more than a day; days are midnight in a zone from Greenwich to Dubai."""
    is_midnight = moment.minute == moment.second == 0 and (moment.hour >= 20 or moment.hour == 0)
    return not is_midnight


# --- what to look up ---------------------------------------------------------------------------


def unsettled_entries(
    entries: Iterable[PreparedEntry], known: Iterable[KnownEntry]
) -> list[PreparedEntry]:
    """Return the entries that no row with one of their names settles.

    They are to be looked up by address, and then by what they say.
    """
    by_identity = {row.identity: row for row in known}
    return [entry for entry in entries if not _is_settled(entry, by_identity)]


def _is_settled(entry: PreparedEntry, by_identity: Mapping[int, KnownEntry]) -> bool:
    row = by_identity.get(entry.identity)
    if entry.has_guid and not entry.shares_guid:
        return row is not None and _confirms_guid(row, entry)
    if row is not None and row.text_revision == entry.text_revision:
        return True
    rows = (by_identity.get(key) for key in variant_identities(entry))
    return any(row is not None and row.text_revision == entry.text_revision for row in rows)


def unclear_entries(entries: Sequence[PreparedEntry], known: Iterable[KnownEntry]) -> list[int]:
    """Return the ids of rows of which the wording has to be read to tell what they are.

    At most `MAX_WORDINGS`, those of the newest.
    """
    with_guid = {
        entry.identity: entry for entry in entries if entry.has_guid and not entry.shares_guid
    }
    same_wording = {entry.text_revision for entry in entries if not _is_place(entry)}
    # Equal titles without texts prove nothing at another address.
    titles_only = {entry.text_revision for entry in entries if not entry.word_count}
    names = {entry.identity for entry in entries}
    ids = [
        row.id
        for row in known
        if (
            row.text_revision not in same_wording
            or (row.text_revision in titles_only and row.identity not in names)
        )
        and not ((entry := with_guid.get(row.identity)) and _confirms_guid(row, entry))
    ]
    return ids if len(ids) <= MAX_WORDINGS else sorted(ids)[-MAX_WORDINGS:]


def _is_place(entry: PreparedEntry) -> bool:
    """Whether the address of an entry names a place on a page."""
    return entry.former_url_key is not None or entry.former_identity is not None


def _confirms_guid(row: KnownEntry, entry: PreparedEntry) -> bool:
    """Whether a row with the guid of an entry is it for certain: not moved and rewritten."""
    return (
        row.text_revision == entry.text_revision
        or row.url_key in (None, entry.url_key)
        or entry.url_key is None
    )
