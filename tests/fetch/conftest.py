"""The hostile publisher, one for the whole folder, and listeners that nothing may reach."""

from collections.abc import Iterator

import pytest

from tests.publisher import Canary, Publisher, brotli_zeros, deflated, zstd_zeros


@pytest.fixture(scope="session")
def publisher() -> Iterator[Publisher]:
    for build in (lambda: deflated(31), lambda: deflated(15), brotli_zeros, zstd_zeros):
        build()  # now, so that no test's deadline passes over it
    with Publisher() as running:
        yield running


@pytest.fixture(scope="session")
def inside() -> Iterator[Publisher]:
    """A publisher on another loopback address, so that 127.0.0.1 itself can be forbidden."""
    with Publisher("127.0.0.77") as running:
        yield running


@pytest.fixture
def canary(inside: Publisher) -> Iterator[Canary]:
    """On 127.0.0.1, at the port of `inside`: the port to which a redirect from it may go."""
    with Canary(inside.port) as listening:
        yield listening
