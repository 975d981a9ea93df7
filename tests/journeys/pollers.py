"""The real `marsad` as a process of its own, and what it leaves in its database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil
from sqlalchemy import func, select

from aggregator.storage.engine import Database
from aggregator.storage.models import Feed

# Twenty times what it takes: the machine may be busy.
TIMEOUT_S = 60


def write_config(path: Path, url: str, feeds: Iterable[str], more: str = "") -> Path:
    """A config that polls `feeds` (URLs) every second; a source each, named by their last part."""
    sources = "".join(
        f'[[source]]\nslug = "{feed.rpartition("/")[2]}"\nname = "X"\n'
        f'feeds = [ {{ url = "{feed}" }} ]\n'
        for feed in feeds
    )
    path.write_text(
        f'[database]\nurl = "{url}"\n[polling]\nmin_interval = "1s"\nmax_interval = "4s"\n'
        f'per_host = 64\nworkers = 1\nallow_networks = ["127.0.0.0/8"]\n{more}\n{sources}'
    )
    return path


class MarsadProcess:
    """A running command, with everything it starts."""

    def __init__(self, config: Path, *arguments: str) -> None:
        self.log = config.with_suffix(f".{time.monotonic_ns()}.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "aggregator", "--config", str(config), *arguments],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=config.parent,
                env={name: value for name, value in os.environ.items() if "MARSAD" not in name},
            )

    def family(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> list[psutil.Process]:
        """SIGKILL to the command alone; the processes that it had started."""
        family = self.family()
        self.process.kill()
        self.process.wait()
        return family

    def terminate(self) -> float:
        """SIGTERM; seconds until it was gone."""
        began = time.monotonic()
        self.send(signal.SIGTERM)
        self.process.wait(TIMEOUT_S)
        return time.monotonic() - began

    def log_text(self) -> str:
        return self.log.read_text()


def wait_until(true: Callable[[], bool], within_s: float = TIMEOUT_S) -> None:
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def still_alive(processes: Iterable[psutil.Process], within_s: float = 5) -> list[psutil.Process]:
    """Those that are not gone after a while."""
    return psutil.wait_procs(list(processes), timeout=within_s)[1]


def leases_held(database: Database) -> int:
    with database.read() as session:
        statement = select(func.count()).select_from(Feed).where(Feed.lease.is_not(None))
        return session.execute(statement).scalar_one()
