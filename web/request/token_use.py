"""Noting when an API token was last used, after the response."""

from __future__ import annotations

from flask import Flask, Response, g

from aggregator.services.accounts import api_tokens
from web.request.after_response import write_after_response
from web.request.auth import now


def init_app(app: Flask) -> None:
    """Note the use of tokens."""
    app.after_request(_note_use)


def _note_use(response: Response) -> Response:
    token_id = g.pop("used_token", None)
    if token_id is None:
        return response
    moment = now()
    return write_after_response(
        response,
        lambda session: api_tokens.record_use(session, token_id, moment),
        "the use of an API token was not noted",
    )
