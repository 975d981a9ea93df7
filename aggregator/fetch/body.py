"""Decode a body as it arrives, up to a maximum of DECODED bytes. Pure.

Content codings from RFC 9110 section 8.4.1 and RFC 8878. Never holds more than the cap, one piece
and the window of a stream.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

import brotli  # type: ignore[import-untyped]  # it ships no types

from aggregator.errors import FetchError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# Maximum bytes that a decoder returns at a time.
CHUNK_SIZE = 64 * 1024
MAX_LAYERS = 2
# Maximum members of a gzip stream; more are an attack.
MAX_MEMBERS = 1_000

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5"  # its first two bytes: no text of a feed begins with them
# Maximum window of a zstd frame, as a power of two: 8 MiB (RFC 9659).
_ZSTD_WINDOW: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}
_READABLE = frozenset({"gzip", "deflate", "br", "zstd"})
# Codings that servers use though we never offer them.
_UNREADABLE = frozenset(
    {"aes128gcm", "bzip2", "compress", "dcb", "dcz", "exi", "lz4", "lzma", "snappy", "xz"}
)
# The three containers of deflate, as `wbits` of zlib.decompressobj.
_GZIP, _ZLIB, _RAW = 31, 15, -15
# Bytes needed to recognise a coding.
_HEAD = 2
_TEXT_STARTS = (b"<", b"{", b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")


class BodyDecoder:
    """The decoded bytes of one answer, at most `cap` of them.

    `feed` and `finish` raise `FetchError` "too_large" or "bad_response"; after that the object
    is of no further use.
    """

    def __init__(self, content_encoding: str, cap: int) -> None:
        codings = _codings(content_encoding)
        if len(codings) > MAX_LAYERS:
            raise FetchError("bad_response", f"compressed more than {MAX_LAYERS} times over")
        if len(codings) < MAX_LAYERS:
            codings.insert(0, "unannounced")
        self._layers = [_Layer(coding, cap) for coding in reversed(codings)]
        self._wire = _SizeLimit(cap)
        self._decoded = bytearray()

    def feed(self, data: bytes) -> None:
        """Decode what has arrived."""
        for _ in self.feed_chunks(data):
            pass

    def feed_chunks(self, data: bytes) -> Iterator[int]:
        """As `feed`, piece by piece: the number of bytes after each."""
        return self._decode(self._wire.count((data,)), self._layers)

    def head(self) -> bytes:
        """What has been decoded so far."""
        return bytes(self._decoded)

    def finish(self) -> bytes:
        """The whole body; "bad_response" if a compressed stream ends too early."""
        for place, layer in enumerate(self._layers):
            for _ in self._decode(layer.flush(), self._layers[place + 1 :]):
                pass
        return bytes(self._decoded)

    def _decode(self, pieces: Iterable[bytes], layers: list[_Layer]) -> Iterator[int]:
        for layer in layers:
            pieces = layer.decode(pieces)
        try:
            for piece in pieces:
                self._decoded += piece
                yield len(self._decoded)
        except FetchError:
            self._decoded.clear()  # the error's traceback would keep it alive
            raise


class _SizeLimit:
    """Passes pieces on until they exceed `cap` bytes."""

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self._seen = 0

    def count(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._seen += len(piece)
            if self._seen > self._cap:
                raise too_large(self._cap)
            yield piece


def too_large(cap: int) -> FetchError:
    """The error for a body larger than `cap` bytes (the setting max_feed_size)."""
    size = f"{cap / 2**20:g} MiB" if cap >= 2**20 else f"{cap:,} bytes"
    return FetchError("too_large", f"the answer is larger than {size} (max_feed_size)")


class _Layer:
    """One content coding, trusted only once the first bytes agree with it."""

    def __init__(self, coding: str, cap: int) -> None:
        self._coding = coding
        self._counter = _SizeLimit(cap)
        self._head = b""
        self._decoder: _Decoder | None = None

    def decode(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if self._decoder is not None:
                yield from self._run(self._decoder, piece)
                continue
            self._head += piece
            if len(self._head) >= _HEAD:
                yield from self._begin()

    def flush(self) -> Iterator[bytes]:
        if self._decoder is None and self._head:
            yield from self._begin()
        if self._decoder is not None and not self._decoder.complete:
            raise FetchError("bad_response", "the compressed answer is cut off")

    def _begin(self) -> Iterator[bytes]:
        head, self._head = self._head, b""
        self._decoder = _decoder_for(self._coding, head)
        believed = False
        try:
            for piece in self._run(self._decoder, head):
                believed = True
                yield piece
        except FetchError as error:
            # Says one thing and sends another: servers behind a confused proxy do this.
            if believed or error.kind != "bad_response" or not _is_recognised(head):
                raise
            self._decoder = _decoder_for("unannounced", head)
            yield from self._run(self._decoder, head)

    def _run(self, decoder: _Decoder, data: bytes) -> Iterator[bytes]:
        try:
            yield from self._counter.count(decoder.decode(data))
        except (zlib.error, brotli.error, zstd.ZstdError) as error:
            raise FetchError("bad_response", "the compressed answer is damaged") from error


class _Decoder(Protocol):
    complete: bool
    """Whether the stream may end here."""

    def decode(self, data: bytes) -> Iterator[bytes]: ...


class _Identity:
    complete = True

    def decode(self, data: bytes) -> Iterator[bytes]:
        yield data


class _Deflate:
    """deflate in one of its containers; gzip streams may follow one another."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._stream = zlib.decompressobj(wbits)
        self._members = 1
        self._rest = b""
        self._over = False
        self.complete = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        data, self._rest = self._rest + data, b""
        while not self._over:
            if self.complete and not self._begins_member(data):
                return
            piece = self._stream.decompress(data, CHUNK_SIZE)
            if piece:
                yield piece
            self.complete = self._stream.eof
            data = self._stream.unused_data if self.complete else self._stream.unconsumed_tail
            if not self.complete and len(piece) < CHUNK_SIZE:
                return

    def _begins_member(self, data: bytes) -> bool:
        """Whether another gzip stream follows a complete one; begins it if so."""
        if len(data) < _HEAD:
            self._rest = data
            return False
        if self._wbits != _GZIP or not data.startswith(_GZIP_MAGIC):
            self._over = True  # padding or garbage: browsers ignore it too
            return False
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise FetchError("bad_response", "the compressed answer has too many parts")
        self._stream = zlib.decompressobj(self._wbits)
        return True


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self.complete = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        if self.complete:
            return
        piece = self._stream.process(data, output_buffer_limit=CHUNK_SIZE)
        while piece:
            yield piece
            if self._stream.is_finished():
                break
            # can_accept_more_data() may say yes while there is output left: empty it first.
            piece = self._stream.process(b"", output_buffer_limit=CHUNK_SIZE)
        self.complete = self._stream.is_finished()


class _Zstd:
    """zstd; frames may follow one another."""

    def __init__(self) -> None:
        self._stream = zstd.ZstdDecompressor(options=_ZSTD_WINDOW)
        self._frames = 1
        self.complete = False

    def decode(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._stream.eof:
                if not data:
                    return
                self._begin_frame()
            piece = self._stream.decompress(data, CHUNK_SIZE)
            if piece:
                yield piece
            self.complete = self._stream.eof
            data = self._stream.unused_data if self.complete else b""
            if not self.complete and self._stream.needs_input:
                return

    def _begin_frame(self) -> None:
        self._frames += 1
        if self._frames > MAX_MEMBERS:
            raise FetchError("bad_response", "the compressed answer has too many parts")
        self._stream = zstd.ZstdDecompressor(options=_ZSTD_WINDOW)


def _codings(content_encoding: str) -> list[str]:
    """The codings in the order they were applied; empty if any is unknown."""
    names = [name.strip().lower() for name in content_encoding[:200].split(",")]
    found = [name.removeprefix("x-") for name in names if name not in ("", "identity", "none")]
    unknown = [name for name in found if name not in _READABLE | _UNREADABLE]
    # Not a coding at all (some say "utf-8" here): the content decides.
    return [] if unknown else found


def _decoder_for(coding: str, head: bytes) -> _Decoder:
    if coding == "br":
        return _Brotli()
    if head.startswith(_GZIP_MAGIC):
        return _Deflate(_GZIP)
    if coding == "deflate":
        zlib_header = head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0
        return _Deflate(_ZLIB if zlib_header else _RAW)
    if head.startswith(_ZSTD_MAGIC) or (coding == "zstd" and not _is_recognised(head)):
        return _Zstd()
    if coding in _UNREADABLE and not _is_recognised(head):
        raise FetchError("bad_response", f"compressed with {coding}, which Marsad cannot read")
    return _Identity()


def _is_recognised(head: bytes) -> bool:
    return head.startswith((_GZIP_MAGIC, _ZSTD_MAGIC)) or head.lstrip().startswith(_TEXT_STARTS)
