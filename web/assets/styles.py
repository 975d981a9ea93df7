"""The style sheets: one file per kind of page, put together when the application starts.

Lists share one sheet, so that it is loaded once; an article, a story and a search have their own,
and so have the pages of editors and operators, so that tables and charts cost readers nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, request
from rcssmin import cssmin

from web.assets.asset import Asset, asset_response, make_asset
from web.state import app_state, state_of

FOLDER = Path(__file__).parents[1] / "static" / "css"
# Kind of page -> its files; later ones win.
SHEETS: Mapping[str, tuple[str, ...]] = {
    "reading": ("marsad", "lists", "facts", "topics", "last"),
    "front": ("marsad", "lists", "front", "last"),
    "entry": ("marsad", "lists", "facts", "reading", "last"),
    "search": ("marsad", "lists", "search", "bars", "last"),
    "story": ("marsad", "lists", "facts", "story", "last"),
    "sources": ("marsad", "lists", "board", "health", "last"),
    "research": ("marsad", "lists", "board", "research", "last"),
    "insights": ("marsad", "lists", "board", "bars", "insights", "last"),
    "desk": ("marsad", "lists", "board", "desk", "last"),
}

StyleSheets = Mapping[str, Asset]

blueprint = Blueprint("styles", __name__)


@blueprint.get("/styles/<kind>.css")
def sheet(kind: str) -> Response:
    """The style sheet of a kind of page."""
    return asset_response(app_state().styles.get(kind), "text/css")


@cache
def bundle_styles(kind: str) -> str:
    """The sheet of a kind of page, minified."""
    return str(
        cssmin("".join((FOLDER / f"{name}.css").read_text("utf-8") for name in SHEETS[kind]))
    )


def bundle_all(font_rules: str = "") -> StyleSheets:
    """All sheets by kind of page, each with the rules of the faces."""
    return {kind: make_asset(font_rules + bundle_styles(kind)) for kind in SHEETS}


def init_app(app: Flask) -> None:
    """Serve the sheets and tell templates where they are."""
    sheets = state_of(app).styles
    app.jinja_env.globals["style"] = lambda kind: (
        f"{request.script_root}/styles/{kind}.css?v={sheets[kind].version}"
    )
    app.register_blueprint(blueprint)
