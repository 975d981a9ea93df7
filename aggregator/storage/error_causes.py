"""Database errors that name their cause, and nothing that was stored or searched for.

Messages of a database quote values: PostgreSQL the whole row that a constraint refused, SQLite the
word of a query it could not read. With their statements and parameters they end in logs.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import StatementError

# SQLSTATEs whose messages quote values: data exceptions, and errors of syntax.
_QUOTING = ("22", "42601")
# SQLite has one code for what is wrong with a schema and for what is wrong with a query.
_OF_SCHEMA = re.compile(r"no such table|(table|index) \S+ already exists|duplicate column name")


def keep_only_cause(context: ExceptionContext) -> None:
    """Rewrite the errors of a failed statement; a listener of "handle_error"."""
    original = context.original_exception
    shown = context.sqlalchemy_exception
    dialect = context.dialect.loaded_dbapi
    if isinstance(original, dialect.Error):
        original.args = (cause_of(original),)
    if isinstance(shown, StatementError):
        kind = type(original)
        shown.args = (f"({kind.__module__}.{kind.__name__}) {original}",)
        shown.statement = None
        shown.params = None
        shown.code = None  # a link that explains the kind of error


def cause_of(error: BaseException) -> str:
    """The message of a database driver's error, without values."""
    if isinstance(error, sqlite3.Error):
        return _sqlite_cause(error)
    diagnosis: Any = getattr(error, "diag", None)
    if diagnosis is None or diagnosis.sqlstate is None:  # of the driver, or of a failed connection
        return str(error)
    if diagnosis.sqlstate.startswith(_QUOTING):
        return f"SQLSTATE {diagnosis.sqlstate}"
    return str(diagnosis.message_primary)


def _sqlite_cause(error: sqlite3.Error) -> str:
    message = str(error)
    generic = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
    if generic and not _OF_SCHEMA.match(message):
        return "SQL logic error"
    return message
