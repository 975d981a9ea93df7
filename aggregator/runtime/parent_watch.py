"""End a process with its parent, by a pipe that closes when the parent ends."""

from __future__ import annotations

import os
import signal
import threading

PARENT_PIPE_VARIABLE = "MARSAD_LIFELINE"


def watch_parent() -> None:
    """End this process as SIGTERM would, as soon as its parent is gone.

    The parent keeps the writing end of a pipe open; the system closes it even after `kill -9`. Does
    nothing in a process started by hand.
    """
    number = os.environ.pop(PARENT_PIPE_VARIABLE, "")
    if number.isdigit():
        threading.Thread(target=_wait, args=(int(number),), daemon=True).start()


def _wait(number: int) -> None:
    while os.read(number, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
