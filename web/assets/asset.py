"""A style sheet, script or font as it is served, under an address that names its content."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import NamedTuple

from flask import Response, abort, request

_IMMUTABLE = f"public, max-age={int(timedelta(days=365).total_seconds())}, immutable"


class Asset(NamedTuple):
    """A file and its short hash, which is part of its address."""

    content: str | bytes
    version: str

    @property
    def text(self) -> str:
        """The content of a file that is a text."""
        assert isinstance(self.content, str)
        return self.content


def make_asset(content: str | bytes) -> Asset:
    """The asset of a text or of bytes."""
    return Asset(content, content_version(content))


def content_version(content: str | bytes) -> str:
    """A short name for a content: the first ten hex digits of its SHA-256."""
    data = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()[:10]


def asset_response(asset: Asset | None, mimetype: str) -> Response:
    """Serve an asset (404 for None); under its current address browsers may keep it for ever."""
    if asset is None:
        abort(404)
    response = Response(asset.content, mimetype=mimetype)
    current = request.args.get("v") == asset.version
    response.headers["Cache-Control"] = _IMMUTABLE if current else "no-cache"
    return response
