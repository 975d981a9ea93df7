"""An event loop whose clock jumps to the next timer: waits are exact and take no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Advances the clock of its loop instead of sleeping."""

    elapsed_s = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        self.elapsed_s += timeout or 0.0
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.elapsed_s


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` as `asyncio.run` does, in virtual time. For coroutines without I/O."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)
