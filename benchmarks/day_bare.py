"""Marsad without search, stories and topics: what these cost is the difference.

    python -m benchmarks.day_bare --config FILE poll

takes the arguments of `marsad`. No setting turns these off; here their functions are replaced, in
the poller and in its workers.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any

# Module, function, and the argument that it returns; none if it returns nothing.
_LEFT_OUT: tuple[tuple[str, str, int | None], ...] = (
    ("aggregator.process.analysis.analyze", "analyze", 0),
    ("aggregator.services.ingest.index", "update_index", None),
    ("aggregator.services.ingest.index", "maintain_index", None),
    ("aggregator.services.ingest.assign_stories", "assign_stories", None),
    ("aggregator.services.ingest.assign_stories", "assign_unplaced_daily", None),
    ("aggregator.services.ingest.match_topics", "update_memberships", None),
)


def leave_out() -> None:
    """Replace what is left out wherever it is known; AttributeError if it has another name."""
    for module_name, name, returned in _LEFT_OUT:
        original = getattr(importlib.import_module(module_name), name)
        for module in list(sys.modules.values()):
            if getattr(module, name, None) is original:
                setattr(module, name, _stand_in(returned))


def _stand_in(returned: int | None) -> Callable[..., Any]:
    def do_nothing(*arguments: Any, **_named: Any) -> Any:
        return None if returned is None else arguments[returned]

    return do_nothing


if __name__ in ("__main__", "__mp_main__"):  # the second: in a worker
    leave_out()
if __name__ == "__main__":
    importlib.import_module("aggregator.cli").main()
