"""Cursors are opaque, exact, and refused when they were tampered with."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import InvalidInput
from aggregator.storage.sql.cursors import Position, decode_cursor, encode_cursor


@given(st.datetimes(timezones=st.just(UTC)), st.integers(1, 2**31 - 1))
def test_a_place_survives_being_written_down(moment: datetime, entry_id: int) -> None:
    place = Position(moment, entry_id)
    assert decode_cursor(encode_cursor(place)) == place


@pytest.mark.parametrize(
    "content", [b"", b"1", b"1.", b".1", b"x.1", b"1.x", b"1.0", b"1.-1", b"1.2147483648",
                b"99999999999999999999.1", b"1.1.1", b"\xff"]
)  # fmt: skip
def test_a_cursor_of_other_making_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput) as raised:
        decode_cursor(urlsafe_b64encode(content).decode())
    assert raised.value.field == "cursor"


@pytest.mark.parametrize("cursor", ["a", "é", "!!!!", "\0", "A" * 61, "مرصد"])
def test_noise_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        decode_cursor(cursor)
