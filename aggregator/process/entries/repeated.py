"""Entries that a document has twice, and those that share a name. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from aggregator.types import PreparedEntry


def drop_repeated(entries: Iterable[PreparedEntry]) -> tuple[PreparedEntry, ...]:
    """Drop repeated entries, and mark those that share a guid or an address.

    An address shared by different entries of a document identifies none of them; nor does a
    guid, and `process.entries.changes` tells them apart.
    """
    unique: dict[tuple[object, ...], PreparedEntry] = {}
    for entry in entries:
        unique.setdefault(_repeated_by(entry), entry)
    kept = list(unique.values())
    if len(kept) < 2:
        return tuple(kept)
    identities = Counter(entry.identity for entry in kept)
    urls = Counter(entry.url_key for entry in kept)
    return tuple(
        _marked(
            entry, shares_guid=identities[entry.identity] > 1, shares_url=urls[entry.url_key] > 1
        )
        for entry in kept
    )


def _repeated_by(entry: PreparedEntry) -> tuple[object, ...]:
    """Return what two entries of a document share only if they are one.

    Without a guid: title, text and date, whatever the address (a click counter's), unless its
    fragment tells them apart; else title and text at one address, which a bulletin has too.
    """
    if entry.has_guid:
        return entry.identity, entry.url_key, entry.title_key
    if entry.published_at and entry.text_key is not None and entry.former_url_key is None:
        return entry.text_revision, entry.published_at
    return entry.identity, entry.url_key, entry.text_revision


def _marked(entry: PreparedEntry, *, shares_guid: bool, shares_url: bool) -> PreparedEntry:
    url_key_ = None if shares_url else entry.url_key
    if not shares_guid and url_key_ == entry.url_key:
        return entry
    return replace(entry, url_key=url_key_, shares_guid=shares_guid, digest=0)
