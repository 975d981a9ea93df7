"""The database and the settings, as request handlers reach them."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack

from flask import Flask, current_app, g
from sqlalchemy.orm import Session

from aggregator.config import WebSettings
from aggregator.storage.engine import Database


def database() -> Database:
    """The database of this application."""
    found = current_app.extensions["marsad_database"]
    assert isinstance(found, Database)
    return found


def settings() -> WebSettings:
    """The `[web]` settings of this application."""
    found = current_app.extensions["marsad_settings"]
    assert isinstance(found, WebSettings)
    return found


def read_session() -> Session:
    """The one read session of this request, opened when it is first asked for."""
    if "reading" not in g:
        g.reading_stack = ExitStack()
        g.reading = g.reading_stack.enter_context(database().read())
    session = g.reading
    assert isinstance(session, Session)
    return session


def write_session() -> AbstractContextManager[Session]:
    """A write transaction of its own, committed at the end of its `with`."""
    return database().write()


def exclusive_session() -> AbstractContextManager[Session]:
    """A write transaction that also keeps pollers out, for rules that the next entry must obey."""
    return database().write_exclusive()


def init_app(app: Flask, settings: WebSettings, database: Database) -> None:
    """Give the application its database."""
    app.extensions["marsad_database"] = database
    app.extensions["marsad_settings"] = settings
    app.teardown_appcontext(_close)


def _close(_error: BaseException | None) -> None:
    stack = g.pop("reading_stack", None)
    g.pop("reading", None)
    if stack:
        stack.close()
