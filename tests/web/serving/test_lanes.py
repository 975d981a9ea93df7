"""Reading, writing and probes have threads of their own."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from tests.web.serving.running import Running

pytestmark = pytest.mark.slow


def test_busy_threads_leave_the_quick_ones_alone(scripted: Running) -> None:
    """Reading, writing and probes have threads of their own."""
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(scripted.send(b"GET /hold HTTP/1.1\r\nHost: x\r\n\r\n"))
        assert scripted.get("/healthz") == (200, b"whole")
        form = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        assert scripted.first_line(form) == b"HTTP/1.1 200 OK"


def test_writing_does_not_hold_up_reading(scripted: Running) -> None:
    with ExitStack() as stack:
        form = b"POST /hold HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
        for _ in range(20):
            stack.enter_context(scripted.send(form))
        assert scripted.get("/") == (200, b"whole")
