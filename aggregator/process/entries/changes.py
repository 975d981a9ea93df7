"""What documents change: known + prepared -> new, changed, same. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from aggregator.types import ChangedEntry, EntryChanges, KnownEntry, NewEntry, PreparedEntry

# A guid that comes back with another URL and headline this much later names another article.
GUID_REUSE_AFTER = timedelta(days=1)

_ODD = 0x9E3779B97F4A7C15  # 2**64 / golden ratio: spreads what it multiplies over all bits
_MASK = (1 << 64) - 1


def variant_identities(entry: PreparedEntry) -> tuple[int, ...]:
    """Return the identities of an entry that shares its own with others: by address, by title.

    By title if the address names several articles, which may be so on one poll and not on
    the next: then both are looked up.
    """
    by_title = _mixed(entry.identity, entry.title_key)
    return (
        (by_title,) if entry.url_key is None else (_mixed(entry.identity, entry.url_key), by_title)
    )


def variant_identity(entry: PreparedEntry) -> int:
    """Return the one of `variant_identities` that a new entry is stored under."""
    return variant_identities(entry)[0]


def _mixed(identity: int, told_apart_by: int) -> int:
    mixed = (identity * _ODD ^ told_apart_by) * _ODD & _MASK
    return mixed - (mixed >> 63 << 64)


def candidate_identities(entries: Iterable[PreparedEntry]) -> list[int]:
    """Return all identities that `entries` may be stored under."""
    return [key for entry in entries for key in (entry.identity, *variant_identities(entry))]


def decide(
    entries: Sequence[PreparedEntry],
    known: Iterable[KnownEntry],
    deleted: Collection[int],
    now: datetime | None = None,
) -> EntryChanges:
    """Compare one document, read at `now`, with what its feed has stored.

    `known` are the stored entries of the feed that share an identity or a URL with the document,
    `deleted` the identities that retention took away. An entry is the stored one that has its
    variant identity, else its identity, else its URL with the same headline or text (publishers
    change guids; the stored entry then takes the new one over, so that a deletion is remembered
    under the guid that the feed carries). One that shares its guid with others of the document is
    the stored one with that guid only at the same address, and is stored under its variant, so
    that neither the order of the document nor what else stands in it decides.
    """
    decision = _Decider(known, deleted, now)
    for entry in entries:
        decision.add(entry)
    return EntryChanges(tuple(decision.new), tuple(decision.changed), decision.same)


def decide_in_order(
    documents: Sequence[Sequence[PreparedEntry]],
    known: Iterable[KnownEntry],
    deleted: Collection[int],
    now: datetime,
) -> EntryChanges:
    """Sum up what several documents of one feed change, each compared with those before it.

    An entry that is new in one document and changed by a later one is new in its last form.
    """
    first, *rest = documents
    changes = decide(first, known, deleted, now)
    for document in rest:
        seen = [*_known_after(changes, known, now)]
        changes = _add_changes(changes, decide(document, seen, deleted, now), now)
    return changes


def _known_after(
    changes: EntryChanges, known: Iterable[KnownEntry], now: datetime
) -> Iterable[KnownEntry]:
    """What will be stored after `changes`; new entries have the ids -1, -2 … in their order."""
    rows = {row.id: row for row in known}
    stored = [(item.id, item.identity, item.entry, item.published_at) for item in changes.changed]
    stored += [
        (-number, item.identity, item.entry, min(item.entry.published_at or now, now))
        for number, item in enumerate(changes.new, 1)
    ]
    for id_, identity, entry, published_at in stored:
        rows[id_] = KnownEntry(
            id=id_,
            identity=identity,
            url_key=entry.url_key,
            title_key=entry.title_key,
            text_key=entry.text_key,
            revision=entry.revision,
            text_revision=entry.text_revision,
            published_at=published_at,
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
        (*later.new, *new), tuple(changed.values()), before.same + later.same, rewritten
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


class _Decider:
    def __init__(
        self, known: Iterable[KnownEntry], deleted: Collection[int], now: datetime | None
    ) -> None:
        self._by_identity = {row.identity: row for row in known}
        self._by_url: dict[int, list[KnownEntry]] = {}
        for row in self._by_identity.values():
            if row.url_key is not None:
                self._by_url.setdefault(row.url_key, []).append(row)
        self._deleted = deleted
        self._now = now
        self._seen: set[int] = set()
        self._taken: set[int] = set()
        self.new: list[NewEntry] = []
        self.changed: list[ChangedEntry] = []
        self.same = 0

    def add(self, entry: PreparedEntry) -> None:
        stored = self._find_stored(entry)
        if stored is not None:
            self._update(stored, entry)
            return
        own = variant_identities(entry)
        # A guid that names many articles was not deleted with one of them.
        names = own if entry.shares_guid else (entry.identity, *own)
        identity = next((key for key in names if not self._is_taken(key)), None)
        if identity is None or any(key in self._deleted for key in names):
            self.same += 1
            return
        self._taken.add(identity)
        self.new.append(NewEntry(identity, entry))

    def _update(self, stored: KnownEntry, entry: PreparedEntry) -> None:
        self._seen.add(stored.id)
        identity = self._updated_identity(stored.identity, entry)
        if stored.revision == entry.revision and stored.identity == identity:
            self.same += 1
            return
        edited = stored.text_revision != entry.text_revision
        self.changed.append(ChangedEntry(stored.id, identity, entry, edited, stored.published_at))

    def _updated_identity(self, identity: int, entry: PreparedEntry) -> int:
        """Return the identity to keep a stored entry under: a new one if its guid changed."""
        if identity == entry.identity or identity in variant_identities(entry):
            return identity
        wanted = variant_identity(entry) if entry.shares_guid else entry.identity
        if self._is_taken(wanted):
            return identity
        self._taken.add(wanted)
        return wanted

    def _is_taken(self, identity: int) -> bool:
        return identity in self._taken or identity in self._by_identity

    def _find_stored(self, entry: PreparedEntry) -> KnownEntry | None:
        for key in variant_identities(entry):
            exact = self._by_identity.get(key)
            if exact is not None and exact.id not in self._seen and _may_be_at(exact, entry):
                return exact
        row = self._by_identity.get(entry.identity)
        if row is not None and row.id not in self._seen and self._guid_matches(row, entry):
            return row
        for row in self._by_url.get(entry.url_key, ()) if entry.url_key is not None else ():
            if row.id not in self._seen and _same_article_new_guid(row, entry):
                return row
        return None

    def _guid_matches(self, row: KnownEntry, entry: PreparedEntry) -> bool:
        """Whether the guid that `row` and `entry` share still names the same article."""
        if not entry.shares_guid:
            return not _guid_reused(row, entry, self._now)
        if row.url_key is not None and entry.url_key is not None:
            return row.url_key == entry.url_key
        return _same_title_or_text(row, entry)


def _may_be_at(row: KnownEntry, entry: PreparedEntry) -> bool:
    """Whether `row` may have the address of `entry`, as far as both have one."""
    return row.url_key is None or entry.url_key is None or row.url_key == entry.url_key


def _same_article_new_guid(row: KnownEntry, entry: PreparedEntry) -> bool:
    """Whether an entry at the URL of `row` is the same, not tomorrow's weather at that URL."""
    if _same_text(row, entry):
        return True
    return row.title_key == entry.title_key and not _much_later(row, entry)


def _same_title_or_text(row: KnownEntry, entry: PreparedEntry) -> bool:
    return row.title_key == entry.title_key or _same_text(row, entry)


def _same_text(row: KnownEntry, entry: PreparedEntry) -> bool:
    return entry.text_key is not None and row.text_key == entry.text_key


def _much_later(row: KnownEntry, entry: PreparedEntry) -> bool:
    return (
        entry.published_at is not None and entry.published_at - row.published_at > GUID_REUSE_AFTER
    )


def _guid_reused(row: KnownEntry, entry: PreparedEntry, now: datetime | None) -> bool:
    """Whether the guid of `row` now names another article; one without a date is as of `now`."""
    if entry.url_key is None or row.url_key is None or row.url_key == entry.url_key:
        return False
    published_at = entry.published_at or now
    far_apart = published_at is not None and abs(published_at - row.published_at) > GUID_REUSE_AFTER
    return far_apart and not _same_title_or_text(row, entry)
