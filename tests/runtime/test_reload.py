"""Development: starting again when a file changes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.journeys.pollers import wait_until

SERVER = """
import signal, sys, time
log = open(sys.argv[1], "a")
log.write("started\\n")
log.close()
if "broken" in open(sys.argv[2]).read():
    sys.exit("a syntax error")
signal.pause()
"""


def test_a_change_starts_the_command_again_even_after_it_failed(tmp_path: Path) -> None:
    watched, log, server = tmp_path / "code", tmp_path / "log", tmp_path / "server.py"
    watched.mkdir()
    page = watched / "page.html"
    page.write_text("one")
    log.touch()
    server.write_text(SERVER)
    command = [sys.executable, str(server), str(log), str(page)]
    code = (
        "from pathlib import Path\nfrom aggregator.runtime.reload import run_with_reload\n"
        f"run_with_reload({command!r}, [Path({str(watched)!r})])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    )
    try:
        for starts, text in enumerate(("broken", "two", "three"), start=1):
            wait_until(lambda starts=starts: log.read_text().count("started") == starts)
            page.write_text(text)
        wait_until(lambda: log.read_text().count("started") == 4)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
