"""What documents change: known + prepared -> new, changed, same. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from aggregator.process.entries.digests import EntryRecord, new_record, pack_records
from aggregator.process.entries.identities import (
    former_identities,
    variant_identities,
    wording_identities,
)
from aggregator.process.entries.matching import StoredEntries
from aggregator.types import (
    ChangedEntry,
    EntryChanges,
    KnownEntry,
    NewEntry,
    PreparedEntry,
    Wording,
)

Item = TypeVar("Item", NewEntry, ChangedEntry)
Measure = Callable[[NewEntry | ChangedEntry], int]


def decide(
    entries: Sequence[PreparedEntry],
    known: Iterable[KnownEntry],
    deleted: Mapping[int, datetime],
    now: datetime | None = None,
    unchanged: Collection[int] = (),
) -> EntryChanges:
    """Compare one document, read at `now`, with what its feed has stored.

    `known` are the stored entries of the feed that share a key with the document, `deleted` the
    identities that retention took away, and when. `StoredEntries` says which stored entry one of
    the document is. If its guid has changed, the stored entry takes the new one over, so that a
    deletion is remembered under the guid that the feed carries. One that shares its guid with
    others of the document is stored under its variant, so that neither the order of the document
    nor what else stands in it decides. `unchanged`: the identities of entries of the document that
    are not in `entries`, for they are as they were when they were stored.
    """
    stored = StoredEntries(known, now, unchanged)
    decision = _Decider(stored, deleted)
    for entry, row in zip(entries, stored.match(entries), strict=True):
        decision.add(entry, row)
    return EntryChanges(
        tuple(decision.new),
        tuple(decision.changed),
        decision.same + len(unchanged),
        records=pack_records(decision.records),
        returned=tuple(decision.returned),
    )


def decide_in_order(
    documents: Sequence[Sequence[PreparedEntry]],
    known: Iterable[KnownEntry],
    deleted: Mapping[int, datetime],
    now: datetime,
    unchanged: Collection[int] = (),
) -> EntryChanges:
    """Sum up what several documents of one feed change, each compared with those before it.

    An entry that is new in one document and changed by a later one is new in its last form.
    `unchanged` as in `decide`, of the first document.
    """
    first, *rest = documents
    changes = decide(first, known, deleted, now, unchanged)
    for document in rest:
        seen = [*_known_after(changes, known, now)]
        changes = _add_changes(changes, decide(document, seen, deleted, now), now)
    return changes


def _known_after(
    changes: EntryChanges, known: Iterable[KnownEntry], now: datetime
) -> Iterable[KnownEntry]:
    """What will be stored after `changes`; new entries have the ids -1, -2 … in their order."""
    rows = {row.id: row for row in known}
    stored = [
        (item.id, item.identity, item.entry, item.published_at, item.revision_count)
        for item in changes.changed
    ]
    stored += [
        (-number, item.identity, item.entry, min(item.entry.published_at or now, now), 0)
        for number, item in enumerate(changes.new, 1)
    ]
    for id_, identity, entry, published_at, revision_count in stored:
        rows[id_] = KnownEntry(
            id=id_,
            identity=identity,
            url_key=entry.url_key,
            title_key=entry.title_key,
            text_key=entry.text_key,
            revision=entry.revision,
            text_revision=entry.text_revision,
            published_at=published_at,
            revision_count=revision_count,
            wording=Wording(entry.url, entry.title, entry.content),
        )
    return rows.values()


def _add_changes(before: EntryChanges, later: EntryChanges, now: datetime) -> EntryChanges:
    """Both as one; those of `later` that have negative ids change what is new in `before`."""
    new = list(before.new)
    changed = {item.id: item for item in before.changed}
    rewritten = before.rewritten
    for item in later.changed:
        if item.id > 0:
            edited = item.edited or (item.id in changed and changed[item.id].edited)
            changed[item.id] = replace(item, edited=edited)
            continue
        entry = replace(item.entry, published_at=item.published_at)
        if item.edited:
            entry = replace(entry, updated_at=min(entry.updated_at or now, now))
        new[-item.id - 1] = NewEntry(item.identity, entry)
        rewritten += 1
    return EntryChanges(
        (*later.new, *new),
        tuple(changed.values()),
        before.same + later.same,
        rewritten,
        returned=tuple({*before.returned, *later.returned}),
    )


def confirm_changes(decided: EntryChanges, current: EntryChanges) -> EntryChanges | None:
    """Return what of `current` may be written with the words that `decided` has already.

    Both compare the same documents, `current` with a later state of the database. None if it
    holds an entry that `decided` did not: its words are not known yet.
    """
    new = {item.identity: item.entry for item in decided.new}
    changed = {(item.id, item.identity): item.entry for item in decided.changed}
    if any(item.identity not in new for item in current.new) or any(
        (item.id, item.identity) not in changed for item in current.changed
    ):
        return None
    return replace(
        current,
        new=tuple(replace(item, entry=new[item.identity]) for item in current.new),
        changed=tuple(
            replace(item, entry=changed[item.id, item.identity]) for item in current.changed
        ),
    )


def take_part(changes: EntryChanges, size: int, measure: Measure) -> EntryChanges:
    """Return the first of `changes` to write, together about `size`, and at least one entry.

    New entries go first, from the end of the document: later ones get higher ids.
    """
    new = _last_within(changes.new, size, measure)
    if len(new) < len(changes.new):
        return EntryChanges(new)
    left = size - sum(map(measure, new))
    changed = _last_within(changes.changed, left, measure) if left > 0 or not new else ()
    if len(changed) < len(changes.changed):
        return EntryChanges(new, changed)
    return changes


def without_part(changes: EntryChanges, part: EntryChanges) -> EntryChanges:
    """Return what is left of `changes` after `take_part`."""
    return replace(
        changes,
        new=changes.new[: len(changes.new) - len(part.new)],
        changed=changes.changed[: len(changes.changed) - len(part.changed)],
    )


def only_part(changes: EntryChanges, part: EntryChanges) -> EntryChanges:
    """Return those of `changes` that are about entries of `part`."""
    new = {item.identity for item in part.new}
    changed = {(item.id, item.identity) for item in part.changed}
    return EntryChanges(
        tuple(item for item in changes.new if item.identity in new),
        tuple(item for item in changes.changed if (item.id, item.identity) in changed),
    )


def _last_within(items: Sequence[Item], size: int, measure: Measure) -> tuple[Item, ...]:
    """Return the last of `items` that are within `size`, and at least one."""
    taken = 0
    for count, item in enumerate(reversed(items)):
        taken += measure(item)
        if taken > size and count:
            return tuple(items[len(items) - count :])
    return tuple(items)


class _Decider:
    def __init__(self, stored: StoredEntries, deleted: Mapping[int, datetime]) -> None:
        self._stored = stored
        self._deleted = deleted
        self._taken: set[int] = set()
        self.new: list[NewEntry] = []
        self.changed: list[ChangedEntry] = []
        self.same = 0
        self.records: list[EntryRecord] = []
        self.returned: list[int] = []

    def add(self, entry: PreparedEntry, stored: KnownEntry | None) -> None:
        if stored is not None:
            self._update(stored, entry)
            return
        own = variant_identities(entry)
        # A guid that names many articles was not deleted with one of them.
        names = own if entry.shares_guid else (entry.identity, *own)
        identity = next((key for key in names if not self._is_taken(key)), None)
        if identity is None or self._is_deleted(entry, names):
            self.same += 1
            return
        self._taken.add(identity)
        self.new.append(NewEntry(identity, entry))
        self._keep_record(entry, identity, None, changed=False)

    def _is_deleted(self, entry: PreparedEntry, names: Iterable[int]) -> bool:
        """Whether retention deleted the entry.

        An address outlives what it named: without a guid, what is dated later is another issue.
        """
        if any(key in self._deleted for key in wording_identities(entry)):
            return True
        times = [self._deleted[key] for key in names if key in self._deleted]
        if entry.has_guid or entry.published_at is None:
            if times:
                return True
            if entry.published_at is None:
                return False
        times += [self._deleted[key] for key in former_identities(entry) if key in self._deleted]
        return any(entry.published_at <= time for time in times)

    def _update(self, stored: KnownEntry, entry: PreparedEntry) -> None:
        if stored.left_feed_at is not None:
            self.returned.append(stored.id)
        identity = self._updated_identity(stored.identity, entry)
        if stored.revision == entry.revision and stored.identity == identity:
            self.same += 1
            self._keep_record(entry, identity, stored, changed=False)
            return
        self._keep_record(entry, identity, stored, changed=True)
        edited = stored.text_revision != entry.text_revision
        self.changed.append(
            ChangedEntry(
                stored.id, identity, entry, edited, stored.published_at, stored.revision_count
            )
        )

    def _keep_record(
        self, entry: PreparedEntry, identity: int, stored: KnownEntry | None, *, changed: bool
    ) -> None:
        record = new_record(entry, identity, stored, changed=changed)
        if record is not None:
            self.records.append(record)

    def _updated_identity(self, identity: int, entry: PreparedEntry) -> int:
        """Return the identity to keep a stored entry under: a new one if its guid changed.

        One of its own if there is one left: under the guid of another article, the next document
        with that article would take its place.
        """
        own = variant_identities(entry)
        if identity == entry.identity or identity in own:
            return identity
        names = own[:1] if entry.shares_guid else (entry.identity, *own)
        wanted = next((key for key in names if not self._is_taken(key)), identity)
        self._taken.add(wanted)
        return wanted

    def _is_taken(self, identity: int) -> bool:
        return identity in self._taken or identity in self._stored
