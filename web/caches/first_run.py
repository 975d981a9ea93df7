"""An installation without accounts, sources or entries: its pages say what to do first."""

from __future__ import annotations

from typing import Literal

from flask import Flask

from aggregator.services.accounts import first_account
from aggregator.services.reading import entries
from web.request.auth import current_user
from web.request.database import read_session
from web.state import app_state


def setup_needed() -> bool:
    """Whether there is no account yet; not looked up again once there is one."""
    has_accounts = app_state().has_accounts
    if has_accounts.is_set():
        return False
    needed = current_user() is None and first_account.is_needed(read_session())
    if not needed:
        has_accounts.set()
    return needed


def reading_progress() -> Literal["no sources", "reading", "failed"]:
    """What an installation without entries waits for: a source, its first polls, or a cure."""
    sources = entries.list_sources(read_session())
    feeds = [feed for source in sources for feed in source.feeds if feed.enabled]
    if not feeds:
        return "no sources"
    failed = all(feed.last_polled_at and not feed.last_success_at for feed in feeds)
    return "failed" if failed else "reading"


def init_app(app: Flask) -> None:
    """Give templates `setup_needed()` and `reading_progress()`."""
    app.jinja_env.globals["setup_needed"] = setup_needed
    app.jinja_env.globals["reading_progress"] = reading_progress
