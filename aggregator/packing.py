"""Lists of small numbers as bytes: as they travel between processes and lie in the database."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable

_BIG_ENDIAN = sys.byteorder == "big"
"""Stored bytes are little-endian wherever the database is carried."""


def pack(kind: str, values: Iterable[int]) -> bytes:
    """`values` as unsigned numbers: `kind` is "B", "H", "I" (8, 16, 32 bits) or "Q" (64)."""
    packed = array(kind, values)
    if _BIG_ENDIAN:
        packed.byteswap()
    return packed.tobytes()


def unpack(kind: str, data: bytes) -> array[int]:
    """The numbers that `pack` made `data` of."""
    numbers = array(kind)
    numbers.frombytes(data)
    if _BIG_ENDIAN:
        numbers.byteswap()
    return numbers
