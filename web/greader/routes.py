"""The blueprint of the API, and how its views are addressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Response, request

from web.greader.access import authenticate, note_use
from web.greader.errors import handle_errors
from web.request.security import MAX_UPLOAD_BYTES

ViewT = TypeVar("ViewT", bound=Callable[..., Any])

ROOT = "/reader/api/0"

blueprint = Blueprint("greader", __name__)
blueprint.before_request(authenticate)
blueprint.after_request(note_use)
handle_errors(blueprint)


@blueprint.url_value_preprocessor
def _allow_long_lists(_endpoint: str | None, _values: object) -> None:
    """Apps send thousands of ids at once."""
    request.max_content_length = MAX_UPLOAD_BYTES


def reads(path: str) -> Callable[[ViewT], ViewT]:
    """Route a view that changes nothing; some apps use POST for these, too."""
    methods = ("GET", "POST")
    return blueprint.route(f"{ROOT}/{path}", methods=methods, endpoint=f"read {path}")


def writes(path: str) -> Callable[[ViewT], ViewT]:
    """Route a view that changes something."""
    return blueprint.post(f"{ROOT}/{path}", endpoint=f"write {path}")


def ok() -> Response:
    """The answer to whatever was done."""
    return plain("OK")


def plain(text: str, status: int = 200) -> Response:
    """An answer in plain text."""
    return Response(text, status, mimetype="text/plain")
