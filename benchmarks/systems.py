"""What every system under test offers the benchmark."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from benchmarks.measure import Usage


class Polls(Protocol):
    """One system with one empty database and its feeds."""

    def poll(self) -> Usage:
        """Poll every feed once in a new process; its cost."""
        ...

    def count_entries(self) -> int:
        """Number of entries stored now."""
        ...

    def close(self) -> None:
        """Drop what is not in the folder."""
        ...


class System(Protocol):
    """A system under test."""

    @property
    def name(self) -> str:
        """Short and unique."""
        ...

    def describe(self) -> str:
        """Name, version and the settings that matter here."""
        ...

    def set_up(self, folder: Path, addresses: Sequence[str]) -> Polls:
        """Set it up in the empty `folder`, with the feeds at `addresses`, nothing polled yet."""
        ...


def environment() -> dict[str, str]:
    """Ours without settings of Marsad, and without proxies: all traffic is loopback.

    And compiled, as whatever is installed is.
    """
    kept = os.environ.items()
    return {
        name: value
        for name, value in kept
        if not name.startswith("MARSAD_")
        and not name.lower().endswith("_proxy")
        and name != "PYTHONDONTWRITEBYTECODE"
    }
