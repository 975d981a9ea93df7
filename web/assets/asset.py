"""A style sheet or script as it is served, under an address that names its content."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import NamedTuple

from flask import Response, abort, request

_IMMUTABLE = f"public, max-age={int(timedelta(days=365).total_seconds())}, immutable"


class Asset(NamedTuple):
    """A text and its short hash, which is part of its address."""

    text: str
    version: str


def make_asset(text: str) -> Asset:
    """The asset of a text."""
    return Asset(text, content_version(text))


def content_version(text: str) -> str:
    """A short name for a text: the first ten hex digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def asset_response(asset: Asset | None, mimetype: str) -> Response:
    """Serve an asset (404 for None); under its current address browsers may keep it for ever."""
    if asset is None:
        abort(404)
    response = Response(asset.text, mimetype=mimetype)
    current = request.args.get("v") == asset.version
    response.headers["Cache-Control"] = _IMMUTABLE if current else "no-cache"
    return response
