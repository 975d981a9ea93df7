"""Noting when an API token was last used, after the response."""

from __future__ import annotations

from flask import Flask, Response, g

from aggregator.services.accounts import api_tokens
from web.request.auth import now
from web.state import app_state


def init_app(app: Flask) -> None:
    """Note the use of tokens."""
    app.after_request(_note_use)


def _note_use(response: Response) -> Response:
    token_id = g.pop("used_token", None)
    if token_id is None:
        return response
    moment, deferred = now(), app_state().deferred
    response.call_on_close(
        lambda: deferred.submit(
            lambda session: api_tokens.record_use(session, token_id, moment),
            "the use of an API token was not noted",
        )
    )
    return response
