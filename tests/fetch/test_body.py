"""Bodies in every coding, whole, cut, damaged and exploding, in pieces of every size."""

import gzip
import os
import tracemalloc
import zlib

import brotli
import pytest

from aggregator.errors import FetchError
from aggregator.fetch.body import MAX_MEMBERS, BodyDecoder, zstd
from tests.publisher import BOMB_SIZE, ENCODERS, brotli_zeros, deflated, rss, zstd_zeros

FEED = rss(200)
CAP = 2**20


def read(data: bytes, said: str = "", cap: int = CAP, size: int = 1_000) -> bytes:
    body = BodyDecoder(said, cap)
    for place in range(0, len(data), size):
        body.feed(data[place : place + size])
    return body.finish()


def failure(data: bytes, said: str = "", cap: int = CAP, size: int = 1_000) -> FetchError:
    with pytest.raises(FetchError) as error:
        read(data, said, cap, size)
    return error.value


@pytest.mark.parametrize("size", [1, 2, 7, 1_000, 2**20])
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("identity", ""),
        ("identity", "identity"),
        ("identity", "none"),
        ("identity", "utf-8"),
        ("gzip", "gzip"),
        ("gzip", "x-gzip"),
        ("gzip", " GZIP "),
        ("gzip", "gzip, identity"),
        ("gzip", ""),
        ("gzip", "utf-8"),
        ("gzip", "deflate"),
        ("members", "gzip"),
        ("members", ""),
        ("garbage", "gzip"),
        ("deflate", "deflate"),
        ("raw", "deflate"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("zstd", ""),
        ("zstd", "gzip"),
        ("gzip", "zstd"),
        ("frames", "zstd"),
        ("identity", "zstd"),
        ("identity", "compress"),
        ("identity", "gzip"),
        ("identity", "gzip, gzip"),
    ],
)
def test_reads_every_coding_in_pieces_of_every_size(how, said, size):
    assert read(ENCODERS[how](FEED), said, size=size) == FEED


@pytest.mark.parametrize(
    ("how", "said"), [("identity", "br"), ("identity", "deflate"), ("gzip", "br")]
)
def test_tolerates_a_wrong_label(how, said):
    assert read(ENCODERS[how](FEED), said) == FEED


@pytest.mark.parametrize(
    "said",
    [
        "gzip,gzip",
        "gzip, br",
        "br, gzip",
        "deflate, gzip",
        "br,br",
        "gzip, zstd",
        "gzip, identity, gzip",
    ],
)
def test_reads_two_layers(said):
    data = FEED
    for coding in said.replace("identity,", "").split(","):
        data = ENCODERS[coding.strip()](data)
    assert read(data, said) == FEED


def test_reads_a_second_gzip_that_was_not_announced():
    assert read(gzip.compress(gzip.compress(FEED)), "gzip") == FEED


def test_refuses_three_layers():
    error = failure(gzip.compress(gzip.compress(gzip.compress(FEED))), "gzip, gzip, gzip")
    assert error.kind == "bad_response"


@pytest.mark.parametrize("size", [1, 1_000, 2**20])
@pytest.mark.parametrize(
    ("how", "said"),
    [("cut", "gzip"), ("cut", ""), ("cutbr", "br"), ("cutzlib", "deflate"), ("cutzstd", "zstd")],
)
def test_notices_a_stream_that_is_cut_off(how, said, size):
    error = failure(ENCODERS[how](FEED), said, size=size)
    assert error.kind == "bad_response"
    assert "cut off" in error.detail


@pytest.mark.parametrize(
    ("how", "said"), [("gzip", "gzip"), ("deflate", "deflate"), ("br", "br"), ("zstd", "zstd")]
)
def test_notices_every_cut_in_a_short_stream(how, said):
    whole = ENCODERS[how](os.urandom(20) * 2)
    for length in range(2, len(whole)):
        assert failure(whole[:length], said).kind == "bad_response"


@pytest.mark.parametrize("how", ["broken", "badsum"])
def test_notices_damage(how):
    assert failure(ENCODERS[how](FEED), "gzip").kind == "bad_response"


@pytest.mark.parametrize(
    ("bomb", "said"),
    [
        (lambda: deflated(31), "gzip"),
        (lambda: deflated(31), ""),
        (lambda: deflated(15), "deflate"),
        (lambda: deflated(-15), "deflate"),
        (lambda: gzip.compress(deflated(31)), "gzip, gzip"),
        (lambda: gzip.compress(deflated(31)), "gzip"),
        (lambda: brotli.compress(deflated(31)[:200_000]), "gzip, br"),
        (brotli_zeros, "br"),
        (zstd_zeros, "zstd"),
        (zstd_zeros, ""),
    ],
)
def test_bombs_go_off_small(bomb, said):
    data = bomb()
    assert len(data) < BOMB_SIZE / 500
    tracemalloc.start()
    try:
        error = failure(data, said, size=2**30)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error.kind == "too_large"
    assert "1 MiB" in error.detail
    assert peak < 3 * CAP


def test_the_cap_counts_decoded_bytes_exactly():
    for said, data in (("", FEED), ("gzip", gzip.compress(FEED)), ("br", brotli.compress(FEED))):
        assert read(data, said, cap=len(FEED)) == FEED
        assert failure(data, said, cap=len(FEED) - 1).kind == "too_large"


def test_the_cap_counts_what_arrives_too():
    stored = zlib.compressobj(0, zlib.DEFLATED, 31)
    noise = stored.compress(os.urandom(CAP)) + stored.flush()
    assert failure(noise, "gzip").kind == "too_large"
    empty_blocks = gzip.compress(b"")[:10] + b"\0\0\0\xff\xff" * CAP
    assert failure(empty_blocks, "gzip", size=65_536).kind == "too_large"


def test_refuses_endlessly_many_streams():
    few, many = gzip.compress(b"x") * MAX_MEMBERS, gzip.compress(b"x") * (MAX_MEMBERS + 1)
    assert read(few, "gzip") == b"x" * MAX_MEMBERS
    assert failure(many, "gzip").kind == "bad_response"


def attempt(data: bytes, said: str) -> bytes | str:
    """The body, or the kind of the error."""
    try:
        return read(data, said, size=50)
    except FetchError as error:
        return error.kind


@pytest.mark.parametrize("said", ["", "gzip", "deflate", "br", "gzip, gzip"])
@pytest.mark.parametrize("data", [b"", b"<", b"\x1f", b"\0"])
def test_short_bodies_raise_nothing_but_our_error(said, data):
    assert attempt(data, said) in (b"", data, "bad_response")


def test_noise_raises_nothing_but_our_error():
    for number in range(200):
        noise = (b"", b"\x1f\x8b\x08\0", b"x\x9c", b"\x1b")[number % 4] + os.urandom(number)
        for said in ("", "gzip", "deflate", "br", "gzip, br"):
            found = attempt(noise, said)
            assert isinstance(found, bytes) or found in ("bad_response", "too_large")


def test_a_piece_that_ends_where_the_decoder_pauses_is_not_lost():
    for size in (65_535, 65_536, 65_537, 131_072, 200_000):
        data = bytes(size)
        assert read(gzip.compress(data), "gzip") == data
        assert read(brotli.compress(data), "br", size=3) == data


@pytest.mark.parametrize("coding", ["compress", "x-compress", "xz", "dcz"])
def test_a_coding_that_cannot_be_read_is_named(coding):
    error = failure(b"\x1f\x9d\x90 whatever this is", coding)
    assert error.kind == "bad_response"
    assert f"compressed with {coding.removeprefix('x-')}, which" in error.detail


def test_a_zstd_window_larger_than_browsers_accept_is_refused():
    window = {zstd.CompressionParameter.window_log: 27}
    stream = zstd.ZstdCompressor(options=window)
    data = stream.compress(FEED) + stream.flush()
    assert failure(data, "zstd").kind == "bad_response"
