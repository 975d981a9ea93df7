"""How durations and sizes are written in the config file."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.config.values import parse_duration, parse_short_duration, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("90s", 90),
        ("5m", 300),
        ("4h", 14400),
        ("1h30m", 5400),
        ("180d", 180 * 86400),
        ("2w", 14 * 86400),
        ("1d1h1m1s", 90061),
    ],
)
def test_durations(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 m", "0s", "-5m", "1.5h", "5m4h", "5M", "36501d", f"{'9' * 30}d"]
)
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match=";"):  # every message tells what would be right
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("250ms", 0.25), ("2s", 2), ("60m", 3600)]
)
def test_pauses(text: str, seconds: float) -> None:
    assert parse_short_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "0", "-1s", "1.5s", "1h", "61m", "٣s", f"{'9' * 30}s"])
def test_no_pauses(text: str) -> None:
    with pytest.raises(ValueError, match=";"):
        parse_short_duration(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [("10MiB", 10 * 2**20), ("500kB", 500_000), ("1.5 MB", 1_500_000), ("2048B", 2048)],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "10", "10mb", "MiB", "1B", "2GB", "-1MiB"])
def test_no_sizes(text: str) -> None:
    with pytest.raises(ValueError, match=";"):
        parse_size(text)
