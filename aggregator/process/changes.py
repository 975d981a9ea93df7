"""What a document changes: known + prepared -> new, changed, same. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from aggregator.types import ChangedEntry, EntryChanges, EntryForPoll, KnownEntry, NewEntry

REUSED_AFTER = timedelta(days=1)
"""A guid that comes back with another URL and headline this much later names another article."""

_ODD = 0x9E3779B97F4A7C15  # 2**64 / golden ratio: spreads what it multiplies over all bits
_MASK = (1 << 64) - 1


def variant(entry: EntryForPoll) -> int:
    """The identity of an entry whose own one is taken by another article of its feed."""
    told_apart_by = entry.url_key if entry.url_key is not None else entry.title_key
    mixed = (entry.identity * _ODD ^ told_apart_by) * _ODD & _MASK
    return mixed - (mixed >> 63 << 64)


def identities(entries: Iterable[EntryForPoll]) -> list[int]:
    """All identities under which `entries` may be stored."""
    return [key for entry in entries for key in (entry.identity, variant(entry))]


def decide(
    entries: Sequence[EntryForPoll], known: Iterable[KnownEntry], deleted: Collection[int]
) -> EntryChanges:
    """Compare one document with what its feed has stored.

    `known` are the stored entries of the feed that share an identity or a URL with the document,
    `deleted` the identities that retention took away; no two of `entries` share an identity. An
    entry is the stored one that has its variant identity, else its identity, else its URL with
    the same headline or text (publishers change guids; the stored entry then takes the new one
    over, so that a deletion is remembered under the guid that the feed carries).
    """
    decision = _Decision(known, deleted)
    for entry in entries:
        decision.add(entry)
    return EntryChanges(tuple(decision.new), tuple(decision.changed), decision.same)


class _Decision:
    def __init__(self, known: Iterable[KnownEntry], deleted: Collection[int]) -> None:
        self._by_identity = {row.identity: row for row in known}
        self._by_url: dict[int, list[KnownEntry]] = {}
        for row in self._by_identity.values():
            if row.url_key is not None:
                self._by_url.setdefault(row.url_key, []).append(row)
        self._deleted = deleted
        self._seen: set[int] = set()
        self._taken: set[int] = set()
        self.new: list[NewEntry] = []
        self.changed: list[ChangedEntry] = []
        self.same = 0

    def add(self, entry: EntryForPoll) -> None:
        stored = self._stored(entry)
        if stored is not None:
            self._update(stored, entry)
            return
        free = (key for key in (entry.identity, variant(entry)) if not self._is_taken(key))
        identity = next(free, None)
        if identity is None or identity in self._deleted or entry.identity in self._deleted:
            self.same += 1
            return
        self._taken.add(identity)
        self.new.append(NewEntry(identity, entry))

    def _update(self, stored: KnownEntry, entry: EntryForPoll) -> None:
        self._seen.add(stored.id)
        identity = stored.identity
        if identity != variant(entry) and not self._is_taken(entry.identity):
            identity = entry.identity
            self._taken.add(identity)
        if stored.revision == entry.revision and stored.identity == identity:
            self.same += 1
            return
        edited = stored.text_revision != entry.text_revision
        self.changed.append(ChangedEntry(stored.id, identity, entry, edited))

    def _is_taken(self, identity: int) -> bool:
        return identity in self._taken or identity in self._by_identity

    def _stored(self, entry: EntryForPoll) -> KnownEntry | None:
        exact = self._by_identity.get(variant(entry))
        if exact is not None and exact.id not in self._seen:
            return exact
        row = self._by_identity.get(entry.identity)
        if row is not None and row.id not in self._seen and not _reused(row, entry):
            return row
        for row in self._by_url.get(entry.url_key, ()) if entry.url_key is not None else ():
            if row.id not in self._seen and _under_new_guid(row, entry):
                return row
        return None


def _under_new_guid(row: KnownEntry, entry: EntryForPoll) -> bool:
    """Whether an entry at the URL of `row` is it, and not tomorrow's weather at the same place."""
    if _same_text(row, entry):
        return True
    return row.title_key == entry.title_key and not _much_later(row, entry)


def _same_words(row: KnownEntry, entry: EntryForPoll) -> bool:
    return row.title_key == entry.title_key or _same_text(row, entry)


def _same_text(row: KnownEntry, entry: EntryForPoll) -> bool:
    return entry.text_key is not None and row.text_key == entry.text_key


def _much_later(row: KnownEntry, entry: EntryForPoll) -> bool:
    return entry.published_at is not None and entry.published_at - row.published_at > REUSED_AFTER


def _reused(row: KnownEntry, entry: EntryForPoll) -> bool:
    """Whether the guid of `row` now names another article."""
    if entry.url_key is None or row.url_key is None or row.url_key == entry.url_key:
        return False
    return not _same_words(row, entry) and _much_later(row, entry)
