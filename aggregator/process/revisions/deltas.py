"""Former versions as small differences from what replaced them.

A delta is the length of the beginning and of the end that both versions share, a checksum of the
later version, and what is between them in the earlier one: deflated (RFC 1951) with the later
version as dictionary. All lengths are in bytes of UTF-8.
"""

from __future__ import annotations

import struct
import zlib

from aggregator.types import EntryText

_HEADER = struct.Struct("<III")
_BETWEEN = "\x1f"
# How far back deflate can refer.
_WINDOW = 32_768


def encode_delta(earlier: EntryText, later: EntryText) -> bytes:
    """Return `earlier` as its difference from `later`."""
    old, new = _to_bytes(earlier), _to_bytes(later)
    start = _common_prefix(old, new)
    end = _common_prefix(old[start:][::-1], new[start:][::-1])
    packer = zlib.compressobj(9, wbits=-15, zdict=new[-_WINDOW:])
    packed = packer.compress(old[start : len(old) - end]) + packer.flush()
    return _HEADER.pack(start, end, zlib.crc32(new)) + packed


def decode_delta(delta: bytes, later: EntryText) -> EntryText:
    """Return the version that `delta` was made of; raises ValueError if not from `later`."""
    new = _to_bytes(later)
    try:
        start, end, checksum = _HEADER.unpack_from(delta)
        if checksum != zlib.crc32(new):
            raise ValueError("not the version that this was encoded from")
        between = _unpack(delta, new)
    except (struct.error, zlib.error) as error:
        raise ValueError("a damaged delta") from error
    return _from_bytes(new[:start] + between + new[len(new) - end :])


def _unpack(delta: bytes, new: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=-15, zdict=new[-_WINDOW:])
    return unpacker.decompress(delta[_HEADER.size :]) + unpacker.flush()


def _to_bytes(version: EntryText) -> bytes:
    parts = (version.title, version.summary, version.content)
    return _BETWEEN.join(parts).encode("utf-8", "surrogatepass")


def _from_bytes(data: bytes) -> EntryText:
    return EntryText(*data.decode("utf-8", "surrogatepass").split(_BETWEEN, 2))


def _common_prefix(one: bytes, other: bytes) -> int:
    """Return the length of what both begin with, by halving: comparing bytes in C is fast."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
