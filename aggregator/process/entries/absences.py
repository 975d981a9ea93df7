"""Which entries are no longer in their feed. Pure.

The oldest entries of a document make room for new ones. One that goes while others of its age stay
was taken out, or has moved; only its publisher knows which. It is noted after some polls: a cache
may answer with an older document in between.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

# Polls without an entry before it counts as no longer in the feed.
MIN_POLLS = 3
# Minimum entries behind a missing one that stay: a first one may be pinned there for good.
MIN_BEHIND = 2
# Maximum share of a document that may go at once; more is another selection, not a removal.
MAX_SHARE = 0.25
# Maximum entries to remember as missing.
MAX_MISSING = 100

_IDENTITY = struct.Struct("<q")
_MISSING = struct.Struct("<qB")


class Absences(NamedTuple):
    """What is missing of a feed after a poll."""

    missing: bytes | None
    """Packed: identities and the number of polls that missed them. None for nothing."""
    left: tuple[int, ...] = ()
    """Identities to be noted as no longer in the feed."""


def pack_identities(identities: Iterable[int]) -> bytes:
    """Pack identities, 8 bytes each."""
    return b"".join(map(_IDENTITY.pack, identities))


def unpack_identities(packed: bytes) -> list[int]:
    """Return the identities that `pack_identities` packed."""
    return [identity for (identity,) in _IDENTITY.iter_unpack(packed)]


def find_absences(before: bytes | None, listed: bytes, missing: bytes | None) -> Absences:
    """Compare the entries of a feed's document with those of the one before it, both packed.

    `missing`: as the poll before left it.
    """
    now = unpack_identities(listed)
    present = set(now)
    polls = {
        identity: count + 1
        for identity, count in _MISSING.iter_unpack(missing or b"")
        if identity not in present
    }
    for identity in _gone(unpack_identities(before or b""), now):
        polls.setdefault(identity, 1)
    return _absences(polls)


def still_missing(missing: bytes) -> Absences:
    """Return what is missing after a poll that found the document unchanged."""
    return _absences({identity: count + 1 for identity, count in _MISSING.iter_unpack(missing)})


def _absences(polls: dict[int, int]) -> Absences:
    left = tuple(identity for identity, count in polls.items() if count >= MIN_POLLS)
    waiting = [(identity, count) for identity, count in polls.items() if count < MIN_POLLS]
    packed = b"".join(_MISSING.pack(*each) for each in islice(waiting, MAX_MISSING))
    return Absences(packed or None, left)


def _gone(before: Sequence[int], now: Sequence[int]) -> list[int]:
    """Entries that went from the midst of a document.

    The last entries give way to new ones at the top; the first ones to new ones at the end, where a
    feed begins with the oldest.
    """
    places = {identity: place for place, identity in enumerate(now)}
    grows_at_end = bool(now) and now[-1] not in before
    found: list[int] = []
    behind, next_place = 0, 0
    for identity in reversed(before):
        place = places.get(identity)
        if place is not None:
            behind, next_place = behind + 1, place
        elif behind >= MIN_BEHIND and (next_place > 0 or not grows_at_end):
            found.append(identity)
    return found if len(found) <= max(1, MAX_SHARE * len(before)) else []
