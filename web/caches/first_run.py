"""An installation without accounts: its pages say how to make the first one."""

from __future__ import annotations

from flask import Flask

from aggregator.services.accounts import first_account
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


def init_app(app: Flask) -> None:
    """Give templates `setup_needed()`."""
    app.jinja_env.globals["setup_needed"] = setup_needed
