"""A running large newsroom: its database, its web server, its poller."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Feed, Source, StoryEntry, StoryRow
from benchmarks.arriving import run_live_publisher
from benchmarks.databases import own_postgres
from benchmarks.measure import BenchmarkError
from benchmarks.readers_collections import add_collections
from benchmarks.readers_data import fill_database
from benchmarks.readers_pages import Samples
from benchmarks.readers_rows import Size, owners, sources
from benchmarks.systems import environment
from benchmarks.web_ports import free_port, is_responding

_ROOT = Path(__file__).resolve().parent.parent
POLL_EVERY = "5s"
# One entry of each source: of 200 sources ten a second, three hundred times what they publish.
NEW_EVERY_S = 20.0
# Stories to open began among so many of the latest entries.
_RECENT = 15_000


@dataclass(frozen=True)
class Site:
    """A database with its web server."""

    url: str
    web: int
    """The process id of the server."""
    port: int
    database: Sequence[int]
    """Root processes of the database's own server."""
    samples: Samples
    config: Path


@contextmanager
def running(kind: str, folder: Path, size: Size) -> Iterator[Site]:
    """A site on "sqlite" or "postgresql"; fills the database in `folder` unless it exists."""
    with database_in(kind, folder) as (url, pids), run_live_publisher(NEW_EVERY_S) as publisher:
        samples = prepare_database(url, size, publisher)
        config = folder / "config.toml"
        port = free_port()
        config.write_text(config_text(url, port, publisher, size), encoding="utf-8")
        with _started(config, "web") as pid:
            _wait_for(port)
            yield Site(url, pid, port, pids, samples, config)


@contextmanager
def polling(site: Site) -> Iterator[None]:
    """A poller at work: all feeds every few seconds, a quarter of them changed each time."""
    with _started(site.config, "poll"):
        _wait_for_entries(site)
        yield


@contextmanager
def database_in(kind: str, folder: Path) -> Iterator[tuple[str, Sequence[int]]]:
    """The URL of the database in `folder`, and its server's processes, which live in the block."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'readers.db'}", ()
        return
    with own_postgres(folder / "postgresql") as server:
        plain = server.url
        with psycopg.connect(plain, autocommit=True) as connection:
            if not connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = 'readers'"
            ).fetchone():
                connection.execute("CREATE DATABASE readers")
        url = plain.replace("postgresql://", "postgresql+psycopg://", 1)
        yield url.replace("/postgres?", "/readers?"), server.pids


def prepare_database(url: str, size: Size, publisher: int) -> Samples:
    """Fill the database if need be, point its feeds to the publisher; what there is to open."""
    database = Database(url)
    if fill_database(database, size) | add_collections(database, size):
        print("filled", file=sys.stderr)
    with database.write() as session:
        for feed in session.scalars(select(Feed)):
            feed.url = _feed_url(publisher, feed.source_id)
        session.flush()
        session.execute(update(Feed).values(etag=None))
        if session.scalar(select(func.count()).select_from(Source)) != size.sources:
            raise BenchmarkError(f"The kept database has not {size.sources} sources.")
        samples = find_samples(session)
    database.close()
    return samples


def find_samples(session: Session) -> Samples:
    """What there is to open in a filled database."""
    latest = session.scalar(select(func.max(Entry.id))) or 0
    recent = StoryRow.id > latest - _RECENT
    small = select(StoryRow.id).where(recent, StoryRow.entry_count <= 3).limit(1000)
    large = select(StoryRow.id).where(recent).order_by(StoryRow.entry_count.desc()).limit(3)
    reprints = select(StoryEntry.story_id, StoryEntry.entry_id).where(
        StoryEntry.reprint_of.is_not(None), StoryEntry.entry_id > latest - _RECENT
    )
    found = session.execute(reprints.limit(1)).one_or_none()
    if found is None:
        raise BenchmarkError("Polls have filled the kept database with other news: delete it.")
    return Samples(
        latest,
        session.scalars(small).all(),
        session.scalars(large).all(),
        (found.story_id, found.entry_id),
        session.scalar(select(func.count()).select_from(Source)) or 0,
    )


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while not is_responding(port):
        if time.monotonic() > deadline:
            raise BenchmarkError("The web server did not start.")
        time.sleep(0.1)


def _wait_for_entries(site: Site) -> None:
    """Wait until the poller has stored its first entries."""
    database = Database(site.url)
    deadline = time.monotonic() + 60
    latest = site.samples.latest
    while latest <= site.samples.latest:
        if time.monotonic() > deadline:
            raise BenchmarkError("The poller stored nothing.")
        time.sleep(0.2)
        with database.read() as session:
            latest = session.scalar(select(func.max(Entry.id))) or 0
    database.close()


@contextmanager
def _started(config: Path, command: str) -> Iterator[int]:
    """A `marsad` command until the end of the block; its log is beside the configuration."""
    with (config.parent / f"{command}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "aggregator", "--config", str(config), command],
            cwd=_ROOT,
            env=environment(),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


def _feed_url(publisher: int, source: int) -> str:
    return f"http://127.0.0.1:{publisher}/{source}"


def config_text(database_url: str, port: int, publisher: int, size: Size) -> str:
    """A config.toml with the sources of `readers_data`. JSON strings are TOML strings."""
    head = f"""\
[database]
url = {json.dumps(database_url)}
[web]
port = {port}
[polling]
min_interval = "{POLL_EVERY}"
max_interval = "{POLL_EVERY}"
per_host = 64
allow_networks = ["127.0.0.0/8"]
"""
    return (
        head
        + "".join(_owner_tables())
        + "".join(
            f"""
[[source]]
slug = "{slug}"
name = {{ ar = "{arabic}", fr = "{french}", en = "{english}" }}
country = "{country}"
language = "{language}"
owner = "{owner}"
feeds = [ {{ url = "{_feed_url(publisher, id_)}" }} ]
"""
            for id_, slug, arabic, french, english, country, language, *_, owner in sources(size)
        )
    )


def _owner_tables() -> Iterator[str]:
    for slug, arabic, french, english, kind, source_url, parents, _ in owners():
        yield f"""
[[owner]]
slug = "{slug}"
name = {{ ar = "{arabic}", fr = "{french}", en = "{english}" }}
kind = "{kind}"
source_url = "{source_url}"
parents = {parents}
"""
