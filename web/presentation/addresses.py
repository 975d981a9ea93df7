"""Addresses: of publishers, of static files, of the page that is being shown."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, g, request
from markupsafe import escape

from aggregator.types import EntryDetail


def safe_url(url: str | None) -> str:
    """`url` if a browser may follow it, else nothing: publishers' links stay untrusted."""
    return url if url and url.lower().startswith(("http://", "https://")) else ""


def current_path() -> str:
    """The address of this page on this site, to come back to it.

    A page that answers a form has none of its own: it says with `set_current_path` where it
    belongs.
    """
    if request.method == "POST":
        return str(g.get("belongs_at", "/"))
    return request.full_path.rstrip("?")


def set_current_path(path: str) -> None:
    """Say to which address the page belongs that answers this form."""
    g.belongs_at = path


@cache
def content_hash(path: Path, modified: int) -> str:
    """A short name for the content of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset_url(app: Flask, name: str) -> str:
    """The address of a static file, changing with its content so that it may be kept for ever."""
    path = Path(app.static_folder or "") / name
    version = content_hash(path, path.stat().st_mtime_ns)
    return f"{request.script_root}{app.static_url_path}/{name}?v={version}"


def page_url(app: Flask, endpoint: str) -> str:
    """The address of a page that has only one; a tenth of the work of `url_for`."""
    return request.script_root + _path_of(app, endpoint)


@cache
def _path_of(app: Flask, endpoint: str) -> str:
    return app.url_map.bind("").build(endpoint)


def lead_image(entry: EntryDetail) -> str:
    """The image to open an article with; empty where its own text begins with one."""
    image = safe_url(entry.summary.image_url)
    beginning = entry.content[:1500]
    if str(escape(image)) in entry.content or "<img" in beginning or "<video" in beginning:
        return ""
    return image
