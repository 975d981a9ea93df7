"""What outlives an unforeseen error, and what does not."""

from __future__ import annotations

import asyncio

import pytest

from aggregator.boundary import Boundary


def test_an_unforeseen_error_ends_the_block_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with Boundary("polling https://h.example/") as boundary:
        raise ZeroDivisionError("once")
    assert str(boundary.error) == "once"
    (record,) = caplog.records
    assert record.getMessage() == "polling https://h.example/ failed in an unforeseen way"
    assert record.exc_info
    assert record.exc_info[1] is boundary.error


@pytest.mark.parametrize("error", [KeyError("expected"), asyncio.CancelledError(), SystemExit(1)])
def test_others_go_on(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(type(error)), Boundary("polling", passing=(LookupError,)):
        raise error
    assert not caplog.records
