"""The database and the settings, for request handlers."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack

from flask import Flask, g, request
from sqlalchemy.orm import Session

from aggregator.config import WebSettings
from aggregator.storage.engine import Database
from aggregator.storage.replica import Replica
from web.request.cookies import SESSION_COOKIE, read_cookie
from web.request.trusted_header import proxy_claim
from web.state import app_state

# What one page may cost: a hundred times what it does. An export has a session of its own.
READ_BUDGET_S = 2.5
# Blueprints whose pages show visitors nothing but news: a few seconds late does no harm. Others may
# show what was written a moment ago, as links that open an account or a reader's own feed.
_NEWS = frozenset(
    {
        "api_v1",
        "change_feeds",
        "changes",
        "dispatches",
        "entries",
        "insight_tables",
        "insights",
        "list_feeds",
        "owners",
        "packs",
        "pictures",
        "research",
        "research_tables",
        "search",
        "sections",
        "site",
        "sources",
        "stories",
        "topic_feeds",
        "topics",
    }
)


def database() -> Database:
    """The database of this application."""
    return app_state().database


def settings() -> WebSettings:
    """The `[web]` settings of this application."""
    return app_state().settings


def read_session() -> Session:
    """The one read session of this request, opened on first use.

    Of the replica, if there is one, for news that visitors read; of the primary for all others, who
    see at once what they have done.
    """
    if "reading" not in g:
        g.reading_stack = ExitStack()
        source = _replica_for_visitors() or database()
        g.reading = g.reading_stack.enter_context(source.read(budget_s=READ_BUDGET_S))
    session = g.reading
    assert isinstance(session, Session)
    return session


def close_read_session() -> None:
    """End the read session of this request, before waiting for others; the next opens on use."""
    _close(None)


def leave_replica(error: Exception) -> bool:
    """Read from the primary in the rest of this request; whether it has read from the replica."""
    replica: Replica | None = g.get("replica")
    if replica is None:
        return False
    replica.note_failure(error)
    app_state().metrics.count_replica_failure()
    _close(None)
    g.replica = None
    return True


def write_session() -> AbstractContextManager[Session]:
    """A separate write transaction, committed at the end of its `with`."""
    return database().write()


def exclusive_session() -> AbstractContextManager[Session]:
    """A write transaction that also keeps pollers out, so that the next entry obeys a new rule."""
    return database().write_exclusive()


def init_app(app: Flask) -> None:
    """Close the read session of each request."""
    app.teardown_appcontext(_close)


def _replica_for_visitors() -> Replica | None:
    """The replica, if it can be read from and this request may see news a moment late."""
    replica = app_state().replica
    if replica is None or "replica" in g or not (_is_visitor_of_news() and replica.is_usable()):
        g.replica = None  # once a request has read from the primary, nothing is to get older
        return None
    g.replica = replica
    return replica


def _is_visitor_of_news() -> bool:
    signed_in = "Authorization" in request.headers or read_cookie(SESSION_COOKIE) or proxy_claim()
    is_news = bool(request.blueprints) and request.blueprints[-1] in _NEWS
    return is_news and request.method in ("GET", "HEAD") and not signed_in


def _close(_error: BaseException | None) -> None:
    stack = g.pop("reading_stack", None)
    g.pop("reading", None)
    if stack:
        stack.close()
