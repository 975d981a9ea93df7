"""The style sheets: one file per kind of page, put together when the application starts.

Readers' pages share one sheet, so that it is loaded once; the pages of editors and operators have
one of their own, so that their tables and charts cost readers nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request

FOLDER = Path(__file__).parents[1] / "static" / "css"
SHEETS: Mapping[str, tuple[str, ...]] = {
    "reading": ("marsad", "lists", "reading", "topics", "last"),
    "story": ("marsad", "lists", "story", "last"),
    "desk": ("marsad", "lists", "desk", "last"),
}
"""Kind of page -> its files; later ones win."""

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BLANKS = re.compile(r"\s+")
_NEEDLESS = re.compile(r" ?([{};,]) ?|(?<=:) ")
_IMMUTABLE = f"public, max-age={int(timedelta(days=365).total_seconds())}, immutable"

blueprint = Blueprint("styles", __name__)


@blueprint.get("/styles/<kind>.css")
def sheet(kind: str) -> Response:
    """A style sheet; its address names its content, so it may be kept for ever."""
    text = _sheets().get(kind)
    if text is None:
        abort(404)
    response = Response(text, mimetype="text/css")
    fresh = request.args.get("v") == _version(text)
    response.headers["Cache-Control"] = _IMMUTABLE if fresh else "no-cache"
    return response


@cache
def bundle_styles(kind: str) -> str:
    """The sheet of a kind of page, without what only its authors need."""
    return bare("".join((FOLDER / f"{name}.css").read_text("utf-8") for name in SHEETS[kind]))


def bare(text: str) -> str:
    """Without comments, and blanks only where they mean something.

    None of our strings holds two blanks, or one beside a bracket, comma, colon or semicolon.
    """
    text = _BLANKS.sub(" ", _COMMENT.sub("", text)).strip()
    return _NEEDLESS.sub(lambda found: found[1] or "", text).replace(";}", "}")


def init_app(app: Flask) -> None:
    """Put the sheets together and tell templates where they are."""
    sheets = {kind: bundle_styles(kind) for kind in SHEETS}
    versions = {kind: _version(text) for kind, text in sheets.items()}
    app.extensions["marsad_sheets"] = sheets
    app.jinja_env.globals["style"] = lambda kind: (
        f"{request.script_root}/styles/{kind}.css?v={versions[kind]}"
    )
    app.register_blueprint(blueprint)


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _sheets() -> Mapping[str, str]:
    found = current_app.extensions["marsad_sheets"]
    assert isinstance(found, dict)
    return found
