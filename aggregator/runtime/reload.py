"""Development: a server that starts again whenever a file changes.

The whole process is restarted rather than modules reloaded: code, templates, styles, scripts and
catalogues are all read or compiled once at startup.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from watchfiles import Change, run_process

STOP_TIMEOUT_S = 3


def run_with_reload(command: Sequence[str], roots: Sequence[Path]) -> None:
    """Run `command` until Ctrl-C, again after each change of a file below `roots`.

    A command that fails, say on a syntax error, is started again after the next change.
    """
    run_process(
        *roots,
        target=shlex.join(command),
        target_type="command",
        callback=_report,
        sigint_timeout=STOP_TIMEOUT_S,
    )


def _report(changes: set[tuple[Change, str]]) -> None:
    names = ", ".join(sorted(Path(path).name for _, path in changes))
    print(f"marsad: restarting, changed: {names}", flush=True)  # noqa: T201  # for the terminal
