"""The database and the settings, for request handlers."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack

from flask import Flask, g
from sqlalchemy.orm import Session

from aggregator.config import WebSettings
from aggregator.storage.engine import Database
from web.state import app_state

# What one page may cost: a hundred times what it does. An export has a session of its own.
READ_BUDGET_S = 2.5


def database() -> Database:
    """The database of this application."""
    return app_state().database


def settings() -> WebSettings:
    """The `[web]` settings of this application."""
    return app_state().settings


def read_session() -> Session:
    """The one read session of this request, opened on first use."""
    if "reading" not in g:
        g.reading_stack = ExitStack()
        reading = database().read(budget_s=READ_BUDGET_S)
        g.reading = g.reading_stack.enter_context(reading)
    session = g.reading
    assert isinstance(session, Session)
    return session


def close_read_session() -> None:
    """End the read session of this request, before waiting for others; the next opens on use."""
    _close(None)


def write_session() -> AbstractContextManager[Session]:
    """A separate write transaction, committed at the end of its `with`."""
    return database().write()


def exclusive_session() -> AbstractContextManager[Session]:
    """A write transaction that also keeps pollers out, so that the next entry obeys a new rule."""
    return database().write_exclusive()


def init_app(app: Flask) -> None:
    """Close the read session of each request."""
    app.teardown_appcontext(_close)


def _close(_error: BaseException | None) -> None:
    stack = g.pop("reading_stack", None)
    g.pop("reading", None)
    if stack:
        stack.close()
