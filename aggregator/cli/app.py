"""What every command needs: settings, database, error reporting."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, NoReturn

from aggregator.errors import ConfigError, MarsadError, SchemaMismatch
from aggregator.runtime.log_lines import EscapeControl, JsonLines, TextLines

if TYPE_CHECKING:
    from rich.console import Console

    from aggregator.config import Settings
    from aggregator.storage.engine import Database


LogFormat = Literal["text", "json"]
# The setting in the environment, for the processes that a command starts.
_FORMAT_VARIABLE = "MARSAD_LOG__FORMAT"


class _StandardError:
    """What commands say beside their output. rich, which draws it, is imported with its first line:
    that takes 40 ms."""

    # Lines of the log instead, where standard error is read by a program.
    is_log = False

    @cached_property
    def console(self) -> Console:
        from rich.console import Console

        return Console(stderr=True, highlight=False, soft_wrap=True)

    def print(self, line: str, *, markup: bool = True, level: int = logging.INFO) -> None:
        """Write a line; `markup` as rich has it."""
        if self.is_log:
            log.log(level, "%s", line)
        else:
            self.console.print(line, markup=markup)


err = _StandardError()
log = logging.getLogger("marsad")


class App:
    """The installation that a config file describes. Reads nothing before it is needed."""

    def __init__(self, config_path: Path) -> None:
        self.config_path = config_path
        self._opened: list[Database] = []

    def close(self) -> None:
        """Close the connections to the databases that were opened."""
        for database in self._opened:
            database.close()

    @cached_property
    def settings(self) -> Settings:
        """The checked settings; prints all problems and exits with 2 if there are any."""
        try:
            return self.load_settings()
        except ConfigError as error:
            fail_config(error)

    def load_settings(self) -> Settings:
        """Read the config file again; raises `ConfigError`."""
        from aggregator import config

        return config.load(self.config_path, os.environ)

    @cached_property
    def database(self) -> Database:
        """The database as it is, at this program's schema; exits with 1 otherwise.

        Only `prepare_database` creates or migrates one.
        """
        from aggregator.storage.schema import (
            current_revision,
            head_revision,
            known_revisions,
            unknown_revision,
        )

        database = self.open_database()
        with _exit_on_failure(database):
            revision = current_revision(database)
        shown = database.shown_url
        if revision is None:
            fail(f"{shown} is empty; marsad migrate prepares it, and so does marsad run")
        if revision not in known_revisions():
            fail(f"{shown}: {unknown_revision(revision)}{self._way_back(revision)}")
        if revision != head_revision():
            fail(f"{shown} was made by an older Marsad; marsad migrate brings it up to date")
        return database

    def _open(self) -> Database:
        """The configured database, which `close` closes."""
        from aggregator.storage.engine import Database

        database = Database(self.settings.database.url)
        self._opened.append(database)
        return database

    def prepare_database(self) -> Database:
        """The database, created where it is missing, backed up and migrated; exits with 1 on
        failure.
        """
        from aggregator.storage.schema import migrate

        database = self._open()
        with _exit_on_failure(database):
            try:
                migrate(database, _announce_migration, lambda old: self._back_up(database, old))
            except SchemaMismatch as error:
                fail(f"{error}{self._way_back(error.revision)}")
        self.__dict__["database"] = database
        return database

    def _back_up(self, database: Database, revision: str) -> None:
        """Back the database up before it is migrated, unless the config says not to."""
        folder, keep = self.settings.database.backups, self.settings.database.keep_backups
        if not folder:
            return
        from aggregator.storage.backup.before_migration import backup_before_migration

        backup_before_migration(database, revision, Path(folder), keep, _announce_migration)

    def _way_back(self, revision: str) -> str:
        """The command that undoes an upgrade to `revision`, for a message; else nothing."""
        from aggregator.storage.backup.before_migration import way_back
        from aggregator.storage.schema import COPYING

        folder = self.settings.database.backups
        backup = way_back(Path(folder)) if folder and revision != COPYING else None
        return f": marsad restore {backup}" if backup else ""

    def open_database(self, *, missing_ok: bool = False) -> Database:
        """The database at whatever schema; a SQLite file that is missing is not created."""
        database = self._open()
        if database.is_sqlite and not missing_ok and not database.path.is_file():
            fail(
                f"there is no database at {database.path} (database.url in {self.config_path}); "
                "marsad run makes it, and so does marsad migrate"
            )
        return database


@contextmanager
def _exit_on_failure(database: Database) -> Iterator[None]:
    """Tell why a database cannot be used and exit with 1."""
    from sqlalchemy.exc import SQLAlchemyError

    from aggregator.storage.engine import driver_error

    try:
        yield
    except SQLAlchemyError as error:
        fail(f"the database {database.shown_url} cannot be used: {driver_error(error)}")
    except MarsadError as error:
        fail(str(error))


def _announce_migration(step: str) -> None:
    err.print(f"migrating the database: {step}", markup=False)


def fail(message: str, status: int = 1) -> NoReturn:
    """Print the error and exit."""
    err.print(f"marsad: {message}", markup=False, level=logging.ERROR)
    sys.exit(status)


def fail_config(error: ConfigError) -> NoReturn:
    """Print everything wrong with the config and exit with 2."""
    for problem in error.problems:
        err.print(str(problem), markup=False)
    count = len(error.problems)
    err.print(f"marsad: {count} problem{'s' if count > 1 else ''}; nothing was started")
    sys.exit(2)


def log_to_stderr(form: LogFormat = "text") -> None:
    """Log one line per event, for a service manager or a terminal.

    In JSON, what the command says itself and errors that end it are lines of the log, too.
    """
    handler = logging.StreamHandler()
    if form == "json":
        handler.setFormatter(JsonLines())
        err.is_log = True
        sys.excepthook = _log_last_error
    else:
        handler.setFormatter(TextLines())
        handler.addFilter(EscapeControl())
    level = os.environ.get("MARSAD_LOG", "INFO").upper()
    logging.basicConfig(level=level, handlers=[handler])
    for chatty in ("apscheduler", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def log_as_configured(app: App) -> None:
    """Log as `[log]` says, here and in the processes that this one starts."""
    form = app.settings.log.format
    if form == "json":
        os.environ[_FORMAT_VARIABLE] = form
    log_to_stderr(form)


def _log_last_error(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    log.critical("ended by an error", exc_info=(kind, error, trace))
