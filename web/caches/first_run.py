"""An installation that nobody has an account at: pages say how the first one is made."""

from __future__ import annotations

from flask import Flask, current_app

from aggregator.services.accounts import first_account
from web.request.auth import current_user
from web.request.database import read_session

_SEEN = "marsad_has_accounts"


def setup_needed() -> bool:
    """Whether nobody has an account; once somebody had one, the database is not asked again."""
    if current_app.extensions[_SEEN]:
        return False
    needed = current_user() is None and first_account.is_needed(read_session())
    current_app.extensions[_SEEN] = not needed
    return needed


def init_app(app: Flask) -> None:
    """Let templates ask."""
    app.extensions[_SEEN] = False
    app.jinja_env.globals["setup_needed"] = setup_needed
