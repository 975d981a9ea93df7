"""Which entries of a document are as they were in the last one of their feed. Pure.

Most entries of a document that has changed have not. An entry is recognised by a digest of what its
publisher wrote, before it is sanitized, and then left out of everything that follows. That changes
nothing only if it would have been found to be the same: its stored row bears its own name, and no
other entry of the document shares a name, an address or its words with it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from aggregator.types import KnownEntry, PreparedEntry

_RECORD = struct.Struct("<qqII")
# Maximum records of a feed: as many as a document has entries (`parse.feed.MAX_ENTRIES`).
MAX_RECORDS = 1_000
_LOW_BITS = 0xFFFFFFFF


class EntryRecord(NamedTuple):
    """An entry of the last stored document, as its feed remembers it."""

    digest: int
    """Of what its publisher wrote; 64 bits."""
    identity: int
    """The identity that it is stored under, its own."""
    url: int
    """Low bits of its URL key, 0 without one. Two that are alike only cost a look at both."""
    wording: int
    """Low bits of its `text_revision`."""


def pack_records(records: Iterable[EntryRecord]) -> bytes:
    """Pack records, 24 bytes each, for the database and for workers."""
    return b"".join(_RECORD.pack(*record) for record in records)


def unpack_records(packed: bytes) -> list[EntryRecord]:
    """Return the records that `pack_records` packed; none of a cut one."""
    whole = len(packed) - len(packed) % _RECORD.size
    return list(map(EntryRecord._make, _RECORD.iter_unpack(packed[:whole])))


def join_records(*packed: bytes) -> bytes:
    """Return all records as one, at most `MAX_RECORDS`."""
    return b"".join(packed)[: MAX_RECORDS * _RECORD.size]


def record_of(entry: PreparedEntry) -> EntryRecord:
    """Return the record of an entry that is stored under its own identity."""
    url = (entry.url_key or 0) & _LOW_BITS
    return EntryRecord(entry.digest, entry.identity, url, entry.text_revision & _LOW_BITS)


def new_record(
    entry: PreparedEntry, identity: int, stored: KnownEntry | None, *, changed: bool
) -> EntryRecord | None:
    """Return the record of an entry that was stored under `identity`; None if it has none.

    `stored`: its row before, None if it is new. A row that was not `changed` has to have the same
    words by today's rules, or only weaker rules would find it.
    """
    if not entry.digest or identity != entry.identity:
        return None
    if entry.former_identity is not None or entry.former_url_key is not None:
        return None  # a place on a page: more than its own names decides which row it is
    if stored is not None and not changed and stored.text_revision != entry.text_revision:
        return None
    return record_of(entry)


def interferes(entries: Sequence[PreparedEntry], unchanged: Sequence[EntryRecord]) -> bool:
    """Whether any of `entries` shares a name, an address or its words with an unchanged one.

    Each then decides what the other is, so both have to be looked at.
    """
    identities = {record.identity for record in unchanged}
    urls = {record.url for record in unchanged if record.url}
    wordings = {record.wording for record in unchanged}
    return any(
        entry.identity in identities
        or entry.former_identity in identities
        or (entry.text_revision & _LOW_BITS) in wordings
        or any(
            key is not None and (key & _LOW_BITS) in urls
            for key in (entry.url_key, entry.former_url_key)
        )
        for entry in entries
    )
