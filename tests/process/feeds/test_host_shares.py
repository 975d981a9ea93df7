"""Hosts of addresses, and shares of places."""

from __future__ import annotations

import pytest

from aggregator.process.feeds.host_shares import HostShares, authority


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://WWW.Example.com/feed", "www.example.com:443"),
        ("http://example.com", "example.com:80"),
        ("http://127.0.0.1:8001/a?b", "127.0.0.1:8001"),
        ("https://أخبار.example/", "xn--igbicxr.example:443"),
        ("not an address", ""),
        ("http://[::1", ""),
    ],
)
def test_authority(url: str, expected: str) -> None:
    assert authority(url) == expected


def taken(shares: HostShares, host: str, wanted: int = 1000) -> int:
    return sum(shares.try_acquire(host) for _ in range(wanted))


def test_one_host_never_fills_all_places() -> None:
    shares = HostShares(256, least=8)
    assert taken(shares, "busy") == 128
    assert taken(shares, "second") == 64
    assert shares.free_slots == 64
    assert all(shares.try_acquire(f"{number}") for number in range(64))
    assert not shares.try_acquire("late")


def test_what_a_host_holds_already_counts() -> None:
    shares = HostShares(100, least=8, held=["busy"] * 99)
    assert taken(shares, "busy") == 1
    assert taken(HostShares(90, least=8, held=["busy"] * 99), "busy") == 0


def test_where_one_host_may_be_asked_for_much_at_once_it_gets_all() -> None:
    assert taken(HostShares(256, least=256), "only") == 256
