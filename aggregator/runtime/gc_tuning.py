"""How often Python looks for garbage.

A poller keeps some ten thousand words and entries for as long as it lives, and hardly anything in
it forms circles: looking through all of it every few hundred new objects took a tenth of its time.
"""

from __future__ import annotations

import gc


def tune_gc() -> None:
    """Leave alone what is there now, and look at what comes less often."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
