"""Search positions as opaque cursors in addresses."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

from aggregator.errors import InvalidInput
from aggregator.storage.search.doc_ids import MAX_DOC
from aggregator.types import SearchOrder, SearchPage, SearchPosition


def next_cursor(page: SearchPage, order: SearchOrder) -> str | None:
    """Write the cursor of the page after `page`; None after the last."""
    return encode_cursor(order, page.next_position) if page.next_position else None


def encode_cursor(order: SearchOrder, position: SearchPosition) -> str:
    """Write `position` in a list of that order."""
    oldest = MAX_DOC if position.oldest_candidate is None else position.oldest_candidate
    fields = f"{order[0]} {position.as_of} {oldest} {position.doc_id} {position.score!r}"
    return urlsafe_b64encode(fields.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, order: SearchOrder) -> SearchPosition:
    """Read what `encode_cursor` wrote. Raises InvalidInput."""
    try:
        padding = "=" * (-len(cursor) % 4)
        kind, *numbers, score = urlsafe_b64decode(cursor.encode() + padding.encode()).split()
        as_of, oldest, doc_id = map(int, numbers)
        if kind.decode() != order[0]:
            raise ValueError("cursor of another list")
        if not all(0 <= number <= MAX_DOC for number in (as_of, oldest, doc_id)):
            raise ValueError("document number out of range")
        return SearchPosition(as_of, None if oldest == MAX_DOC else oldest, doc_id, float(score))
    except (ValueError, binascii.Error):
        raise InvalidInput(
            "error.bad_request", "cursor: take it from next_cursor, unchanged", field="cursor"
        ) from None
