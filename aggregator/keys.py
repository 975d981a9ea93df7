"""Keys of texts, and numbers packed into bytes for other processes and the database."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from hashlib import blake2b

# Stored bytes are little-endian wherever the database is carried.
_BIG_ENDIAN = sys.byteorder == "big"


def key64(*parts: str) -> int:
    """Return the signed 64-bit key of `parts`, in order (BLAKE2b with 8 bytes)."""
    return key64_of_bytes("\x1f".join(parts).encode("utf-8", "replace"))


def key64_of_bytes(data: bytes) -> int:
    """Return the signed 64-bit key of `data` (BLAKE2b with 8 bytes)."""
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "big", signed=True)


def pack(kind: str, values: Iterable[int]) -> bytes:
    """Pack numbers; `kind` is "B", "H", "I", "Q" (unsigned, 8 to 64 bits) or "q" (signed, 64)."""
    packed = array(kind, values)
    if _BIG_ENDIAN:
        packed.byteswap()
    return packed.tobytes()


def unpack(kind: str, data: bytes) -> array[int]:
    """Return the numbers that `pack` packed into `data`."""
    numbers = array(kind)
    numbers.frombytes(data)
    if _BIG_ENDIAN:
        numbers.byteswap()
    return numbers
