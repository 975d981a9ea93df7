"""The identities that an entry may be stored under in its feed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from aggregator.types import PreparedEntry

_ODD = 0x9E3779B97F4A7C15  # 2**64 / golden ratio: spreads what it multiplies over all bits
_MASK = (1 << 64) - 1


def variant_identities(entry: PreparedEntry) -> tuple[int, ...]:
    """Return the identities of an entry that shares its own with others, in order of preference.

    By address; by title if the address names several articles, which may be so on one poll and
    not on the next: then both are looked up. Without a guid by date and by text too, for the
    issues of a bulletin have one address and one title.
    """
    by_title = _mixed(entry.identity, entry.title_key)
    if entry.has_guid:
        return (
            (by_title,)
            if entry.url_key is None
            else (_mixed(entry.identity, entry.url_key), by_title)
        )
    by_text = _mixed(entry.identity, entry.text_revision)
    if entry.published_at is None:
        return by_title, by_text
    return by_title, _mixed(entry.identity, _seconds(entry.published_at)), by_text


def former_identities(entry: PreparedEntry) -> tuple[int, ...]:
    """Return what `entry` may have been stored under before fragments told addresses apart.

    Other entries of the same page may have been stored under them too.
    """
    if entry.former_identity is None:
        if entry.former_url_key is None:
            return ()
        return (_mixed(entry.identity, entry.former_url_key),)
    return entry.former_identity, _mixed(entry.former_identity, entry.title_key)


def candidate_identities(entries: Iterable[PreparedEntry]) -> list[int]:
    """Return all identities that `entries` may be stored under, or have been deleted under."""
    return [
        key
        for entry in entries
        for key in (
            entry.identity,
            *variant_identities(entry),
            *former_identities(entry),
            *wording_identities(entry),
        )
    ]


def wording_identities(entry: PreparedEntry) -> tuple[int, ...]:
    """Return the identity by which retention remembers an entry without a guid of its own.

    Its address may be another one when its feed brings it back.
    """
    if entry.published_at is None or not names_itself_by_address(entry.guid, entry.url):
        return ()
    return (wording_identity(entry.text_revision, entry.published_at),)


def names_itself_by_address(guid: str, url: str | None) -> bool:
    """Whether a guid is nothing but the address of its entry."""
    return guid == url


def wording_identity(text_revision: int, published_at: datetime) -> int:
    """Return the key of a title and a text of one date."""
    return _mixed(text_revision, _seconds(published_at))


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _mixed(identity: int, told_apart_by: int) -> int:
    mixed = (identity * _ODD ^ told_apart_by) * _ODD & _MASK
    return mixed - (mixed >> 63 << 64)
