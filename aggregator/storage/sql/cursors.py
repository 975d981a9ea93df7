"""Where a list continues: an opaque cursor for the (time, id) of the last entry shown."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aggregator.errors import InvalidInput
from aggregator.types.limits import is_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Position:
    """A position in a list ordered by time and id, the newest first."""

    published_at: datetime
    id: int


def encode_cursor(position: Position) -> str:
    """A position as an opaque string: microseconds since 1970 and the id, in base64."""
    micros = (position.published_at - _EPOCH) // timedelta(microseconds=1)
    return urlsafe_b64encode(f"{micros}.{position.id}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> Position:
    """Read what `encode_cursor` wrote. Raises InvalidInput for anything else."""
    try:
        if len(cursor) > 60:
            raise ValueError("too long")
        padding = "=" * (-len(cursor) % 4)
        micros, _, id_ = urlsafe_b64decode(cursor.encode() + padding.encode()).partition(b".")
        position = Position(_EPOCH + timedelta(microseconds=int(micros)), int(id_))
        if not is_id(position.id):
            raise ValueError("no such id")
    except (ValueError, OverflowError, binascii.Error):
        raise InvalidInput(
            "error.bad_request", "cursor: take it from next_cursor, unchanged", field="cursor"
        ) from None
    return position
