"""Statuses and the words of publishers."""

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.errors import FETCH_KINDS
from aggregator.fetch.status import plain, status_error

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", [0, 100, 101, 201, 204, 206, 300, 304, 400, 451, 500, 599, 999])
def test_every_status_has_a_kind(status):
    error = status_error(status, None, None, NOW)
    assert error.kind in FETCH_KINDS
    assert error.status == status


def test_retry_after_counts_where_it_means_something():
    waits = {
        status: status_error(status, "", "60", NOW).retry_after for status in (403, 429, 500, 503)
    }
    minute = timedelta(minutes=1)
    assert waits == {403: None, 429: minute, 500: None, 503: minute}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Not Found", "Not Found"),
        ("  a\r\n\tb\u2028c  ", "a b c"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("\u202eright\u2066to\u200bleft\ufeff", "righttoleft"),
        ("\ud800\udfff\ue000", ""),
        ("غير موجود", "غير موجود"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("x" * 10_000, "x" * 200),
        (" " * 100_000, ""),
    ],
)
def test_words_of_publishers_become_plain(text, shown):
    assert plain(text) == shown
