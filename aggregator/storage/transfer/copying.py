"""Copy a database into an empty one, in steps that survive the end of the process.

Each transaction of the target stores some rows of a table together with how far the table has come
and the checksum so far, so the next run goes on there, once it has seen that the source still has
what was copied. Only a copy that was read back and found equal becomes a database that Marsad uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    Connection,
    Table,
    bindparam,
    delete,
    exists,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError

from aggregator.errors import CopyError
from aggregator.storage.engine import Database, driver_error
from aggregator.storage.models import Feed, SearchState
from aggregator.storage.models.base import table as table_of
from aggregator.storage.schema import current_revision, head_revision, migrate
from aggregator.storage.transfer import progress as stored
from aggregator.storage.transfer.last_ids import last_ids, set_last_ids
from aggregator.storage.transfer.progress import TableProgress
from aggregator.storage.transfer.rows import (
    CHUNK,
    Digest,
    chunks,
    copied_tables,
    count_rows,
    digest_of,
    key_of,
    self_references,
)

# Called with (rows done, rows in all); each row is copied, then read back.
Progress = Callable[[int, int], None]
Announce = Callable[[str], None]


class _Pair(NamedTuple):
    """A table as the source has it, and as the target has it."""

    source: Table
    target: Table


class _Meter:
    """Adds up the rows that are done."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, rows: int) -> None:
        self._done += rows
        self._progress(self._done, self._total)


def copy_database(
    source: Database, target: Database, now: datetime, progress: Progress, announce: Announce
) -> int:
    """Copy everything but the search index, verified; the number of rows.

    `source` is at this program's schema and is not written to; its Marsad should be stopped.
    `target` is empty, or an unfinished copy of `source`, which is finished. Its search index is
    empty afterwards. Raises `CopyError`.
    """
    pairs = [*map(_Pair, _tables(source), _tables(target))]
    try:
        with source.read() as session:
            origin = session.connection()
            _refuse_polled(origin, source, now)
            _prepare(source, target, pairs)
            counts = count_rows(origin, _tables(source))
            if _has_changed(origin, target, pairs, announce):
                announce("the source has changed since the copy was begun; beginning again")
                _begin(source, target, pairs)
            meter = _Meter(progress, 2 * sum(counts.values()))
            digests = {pair.source.name: _copy(origin, target, pair, meter) for pair in pairs}
            _set_ids(target, last_ids(origin, _tables(source)))
            _verify(source, target, pairs, digests, meter)
        _refuse_changed(source, counts)
        _finish(target)
    except SQLAlchemyError as error:
        raise CopyError(f"the copy has stopped: {driver_error(error)}") from error
    return sum(counts.values())


def _tables(database: Database) -> list[Table]:
    return copied_tables(database.engine.dialect.name)


def _writing(database: Database) -> AbstractContextManager[Connection]:
    """A write transaction that leaves no gaps for others: there are none."""
    return database.engine.execution_options(marsad_write=True).begin()


# --- what may be copied, and where to -------------------------------------------------------------


def _refuse_polled(origin: Connection, source: Database, now: datetime) -> None:
    if origin.execute(select(exists().where(Feed.lease_until > now))).scalar():
        raise CopyError(
            f"a poller is at work on {source.shown_url}: stop Marsad first. If it was killed, "
            "its claims run out within minutes"
        )


def _refuse_changed(source: Database, counts: Mapping[str, int]) -> None:
    with source.read() as session:
        if count_rows(session.connection(), _tables(source)) != counts:
            raise CopyError(
                f"{source.shown_url} has changed while it was copied: stop Marsad, "
                "then run the same command again"
            )


def _prepare(source: Database, target: Database, pairs: list[_Pair]) -> None:
    """Make the target an unfinished copy of the source, unless it is one already."""
    with target.engine.connect() as connection:
        known = set(inspect(connection).get_table_names())
        unfinished = stored.is_begun(connection)
        begun_for = stored.source_of(connection) if unfinished else None
    if unfinished and begun_for != _origin(source):
        raise CopyError(
            f"{target.shown_url} is an unfinished copy of {begun_for}; name an empty database"
        )
    if unfinished:
        return
    if not known:
        migrate(target)
    elif not _is_blank(target, pairs):
        raise CopyError(f"{target.shown_url} is not empty; name an empty database")
    _begin(source, target, pairs)


def _is_blank(target: Database, pairs: list[_Pair]) -> bool:
    """Whether this is a database of this Marsad without any rows."""
    if current_revision(target) != head_revision():
        return False
    with target.read() as session:
        counts = count_rows(session.connection(), [pair.target for pair in pairs])
    return not any(counts.values())


def _origin(source: Database) -> str:
    """What a copy is of: rows of another schema would not fit."""
    return f"{source.shown_url} at revision {head_revision()}"


def _begin(source: Database, target: Database, pairs: list[_Pair]) -> None:
    tables = [pair.target for pair in pairs]
    with _writing(target) as connection:
        for table in reversed(tables):
            connection.execute(delete(table))
        stored.begin(connection, _origin(source), tables)


# --- copying --------------------------------------------------------------------------------------


def _has_changed(
    origin: Connection, target: Database, pairs: list[_Pair], announce: Announce
) -> bool:
    """Whether the source no longer has what an earlier run copied."""
    with target.read() as session:
        done = [(pair, stored.progress_of(session.connection(), pair.target)) for pair in pairs]
    if not any(progress.digest.rows for _, progress in done):
        return False
    announce("resuming: comparing the source with what was copied before")
    return any(
        digest_of(origin, pair.source, None if progress.finished else progress.position)
        != progress.digest
        for pair, progress in done
        if progress.finished or progress.position is not None
    )


def _copy(origin: Connection, target: Database, pair: _Pair, meter: _Meter) -> Digest:
    """Copy what is left of a table; the digest of the whole."""
    with target.read() as session:
        position, digest, finished = stored.progress_of(session.connection(), pair.target)
    meter.add(digest.rows)
    if finished:
        return digest
    later = dict.fromkeys(self_references(pair.source.name))
    for rows in chunks(origin, pair.source, after=position):
        position = key_of(pair.source, rows[-1])
        digest.add(rows)
        with _writing(target) as connection:
            connection.execute(insert(pair.target), [row._asdict() | later for row in rows])
            stored.note(connection, pair.target, TableProgress(position, digest, finished=False))
        meter.add(len(rows))
    for column in later:
        _link(origin, target, pair, column)
    with _writing(target) as connection:
        stored.note(connection, pair.target, TableProgress(position, digest, finished=True))
    return digest


def _link(origin: Connection, target: Database, pair: _Pair, name: str) -> None:
    """Set the column that refers to rows of its own table, once all of them are there."""
    (key,) = pair.source.primary_key
    column = pair.source.c[name]
    found = origin.execute(
        select(key.label("row"), column.label("value")).where(column.is_not(None)),
        execution_options={"stream_results": True},
    )
    setting = (
        update(pair.target)
        .where(pair.target.c[key.name] == bindparam("row"))
        .values({name: bindparam("value")})
    )
    for rows in found.partitions(CHUNK):
        with _writing(target) as connection:
            connection.execute(setting, [row._asdict() for row in rows])


# --- at the end -----------------------------------------------------------------------------------


def _set_ids(target: Database, ids: Mapping[str, int]) -> None:
    with _writing(target) as connection:
        set_last_ids(connection, ids)


def _verify(
    source: Database,
    target: Database,
    pairs: list[_Pair],
    digests: Mapping[str, Digest],
    meter: _Meter,
) -> None:
    """Read the copy back; one that differs is emptied."""
    wrong = []
    with target.read() as session:
        for pair in pairs:
            found = digest_of(session.connection(), pair.target)
            meter.add(found.rows)
            if found != digests[pair.source.name]:
                wrong.append(pair.source.name)
    if wrong:
        _begin(source, target, pairs)
        raise CopyError(
            f"the copy differs from {source.shown_url} in {', '.join(wrong)} and was emptied; "
            "if it differs again, look at the disk of both"
        )


def _finish(target: Database) -> None:
    with _writing(target) as connection:
        connection.execute(delete(table_of(SearchState)))
        stored.finish(connection)
    with target.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
