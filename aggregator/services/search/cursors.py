"""Where a list of what was found goes on, as a word in an address."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from aggregator.errors import InvalidInput
from aggregator.storage.search.doc_ids import MAX_DOC
from aggregator.types import SearchOrder


@dataclass(frozen=True, slots=True)
class SearchPosition:
    """A place behind what has been shown."""

    as_of: int
    """Documents from here on came later than the first page."""
    compared_from: int | None
    """By relevance: the first document that was compared; None where older ones are next."""
    doc_id: int
    score: float = 0.0


def encode_cursor(order: SearchOrder, place: SearchPosition) -> str:
    """`place` in a list of that order."""
    from_ = MAX_DOC if place.compared_from is None else place.compared_from
    written = f"{order[0]} {place.as_of} {from_} {place.doc_id} {place.score!r}"
    return urlsafe_b64encode(written.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, order: SearchOrder) -> SearchPosition:
    """What `encode_cursor` wrote. Raises InvalidInput."""
    try:
        padding = "=" * (-len(cursor) % 4)
        kind, *numbers, score = urlsafe_b64decode(cursor.encode() + padding.encode()).split()
        as_of, from_, doc = map(int, numbers)
        if kind.decode() != order[0] or not all(
            0 <= each <= MAX_DOC for each in (as_of, from_, doc)
        ):
            raise ValueError("of another list")
        return SearchPosition(as_of, None if from_ == MAX_DOC else from_, doc, float(score))
    except (ValueError, binascii.Error):
        raise InvalidInput(
            "error.bad_request", "cursor: take it from next_cursor, unchanged", field="cursor"
        ) from None
