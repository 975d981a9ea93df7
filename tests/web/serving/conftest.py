"""Running web servers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.serving.running import HOST, SCRIPT, Running, configured, free_port

Start = Callable[..., Running]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One `marsad web`, for tests that leave it running."""
    server = configured(tmp_path_factory.mktemp("web"), free_port())
    server.wait_until_ready()
    yield server
    server.process.kill()
    server.process.communicate()


@pytest.fixture
def processes() -> Iterator[list[Running]]:
    """Whatever a failed test leaves running is ended."""
    running: list[Running] = []
    yield running
    for server in running:
        server.process.kill()
        server.process.communicate()


@pytest.fixture
def marsad(tmp_path: Path, processes: list[Running]) -> Start:
    """A `marsad web` that the test may end."""

    def start(port: int | None = None, host: str = HOST, more: str = "") -> Running:
        processes.append(configured(tmp_path, port or free_port(host), host, more))
        return processes[-1]

    return start


@pytest.fixture
def limited(processes: list[Running]) -> Callable[..., Running]:
    """Start the server with the application of this file and some limits."""

    def start(**limits: Any) -> Running:
        port = free_port()
        processes.append(Running([sys.executable, "-c", SCRIPT, str(port), repr(limits)], port))
        processes[-1].wait_until_ready()
        return processes[-1]

    return start


@pytest.fixture
def scripted(limited: Callable[..., Running]) -> Running:
    """The server with the application of this file."""
    return limited()
