"""What to keep of a stored entry that is about to be overwritten. Pure."""

from __future__ import annotations

from aggregator.process.revisions.deltas import decode_delta, encode_delta
from aggregator.process.revisions.significance import compare
from aggregator.types import EntryText, NewRevision

# Maximum former versions of an entry: a text with a clock in it changes with every poll. From then
# on the last of them stays what was there before all that follows.
MAX_REVISIONS = 1_000


def plan_revision(
    before: EntryText, after: EntryText, count: int, last_delta: bytes | None
) -> NewRevision | None:
    """Return what to store as `after` replaces `before`; None for nothing.

    `count` and `last_delta` are of the former versions that are stored already. The last of them
    was encoded from `before`, so it is encoded again where that is not kept.
    """
    if before == after:
        return None
    change = compare(before, after)
    if change is not None and count < MAX_REVISIONS:
        return NewRevision(encode_delta(before, after), change)
    if last_delta is None:
        return None
    try:
        earlier = decode_delta(last_delta, before)
    except ValueError:
        return None  # it cannot be read as it is, either
    return NewRevision(encode_delta(earlier, after), None)
