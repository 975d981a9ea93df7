"""What is served under /hostile/, by address: each way to misbehave is a function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.publisher.server import PublisherConnection

Behaviour = Callable[["PublisherConnection"], Awaitable[None]]
BEHAVIOURS: dict[str, Behaviour] = {}


def hostile(function: Behaviour) -> Behaviour:
    """Register a behaviour under /hostile/ and its name, dashes for underscores."""
    BEHAVIOURS["/hostile/" + function.__name__.replace("_", "-")] = function
    return function
