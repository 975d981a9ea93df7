"""The one place where long-running work outlives an error that nobody foresaw.

It costs one feed, one delivery, the stories of one batch or one write that waited, and is logged
with its traceback.
"""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Self

_POLLING = logging.getLogger("marsad.polling")


class Boundary:
    """A block that an unforeseen error ends without going further: `error` has it then.

    `passing`: errors that concern more than the block, or that somebody outside expects.
    """

    error: Exception

    def __init__(
        self,
        activity: str,
        passing: tuple[type[Exception], ...] = (),
        log: logging.Logger = _POLLING,
    ) -> None:
        self._activity = activity
        self._passing = passing
        self._log = log

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception) or isinstance(error, self._passing):
            return False
        self._log.error("%s failed in an unforeseen way", self._activity, exc_info=error)
        self.error = error
        return True
