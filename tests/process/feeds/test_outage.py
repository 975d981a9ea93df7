"""When it is our network that is down, and when it is the feeds."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from aggregator.errors import FETCH_KINDS, PARSE_KINDS
from aggregator.process.feeds.outage import UNREACHED, NetworkWatch

DOWN = ["dns", "connection", "timeout"]


def is_down_after(*polls: tuple[str, str | None]) -> bool:
    watch = NetworkWatch()
    for host, kind in polls:
        watch.note(host, kind)
    return watch.is_down


def hosts(kinds: Iterable[str | None]) -> list[tuple[str, str | None]]:
    return [(f"{number}.example", kind) for number, kind in enumerate(kinds)]


def test_several_hosts_in_a_row_are_our_network() -> None:
    assert not is_down_after(*hosts(DOWN[:2]))
    assert is_down_after(*hosts(DOWN))


def test_one_host_is_itself_however_often() -> None:
    assert not is_down_after(*[("a.example", "dns")] * 9, ("b.example", "dns"))


def test_hosts_that_were_dead_before_say_nothing() -> None:
    watch = NetworkWatch()
    for host, kind in hosts(DOWN * 3):
        watch.note(host, kind, failed_before=True)
    assert not watch.is_down


@pytest.mark.parametrize(
    "answer",
    [None, *PARSE_KINDS, *sorted({*FETCH_KINDS} - UNREACHED - {
        "invalid_url", "address_refused", "rate_limited",
    })],
)  # fmt: skip
def test_any_answer_shows_that_the_network_works(answer: str | None) -> None:
    assert not is_down_after(*hosts([*DOWN, answer]))
    assert not is_down_after(*hosts(["dns", "dns", answer, "dns", "dns"]))


@pytest.mark.parametrize("unsent", ["invalid_url", "address_refused", "rate_limited", "internal"])
def test_what_was_not_sent_shows_nothing(unsent: str) -> None:
    assert is_down_after(*hosts([*DOWN, unsent]))
    assert not is_down_after(*hosts(["dns", "dns", unsent]))
