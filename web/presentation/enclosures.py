"""The enclosures of an entry as links on its page. Pure except for `init_app`."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote, urlsplit

from flask import Flask

from aggregator.process.html.pictures import media_type
from aggregator.types import Enclosure, EntryDetail
from web.presentation import safe_url

# Maximum files to offer for one entry.
MAX_FILES = 40
_MAX_NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class EnclosureLink:
    """A file; `kind` is "audio", "video", "image" or "file", `name` comes from its address.

    `alt` is what a picture shows, "" if nobody says.
    """

    kind: str
    url: str
    name: str
    length: int
    alt: str


def enclosure_links(entry: EntryDetail) -> tuple[EnclosureLink, ...]:
    """The enclosures of `entry` that its text does not show already, each file once."""
    seen = {entry.summary.image_url}
    found = []
    for enclosure in entry.enclosures:
        url = safe_url(enclosure.url)
        if not url or url in seen or escape(url) in entry.content:
            continue
        seen.add(url)
        found.append(
            EnclosureLink(_kind(enclosure), url, _file_name(url), enclosure.length, enclosure.alt)
        )
    return tuple(found[:MAX_FILES])


def init_app(app: Flask) -> None:
    """Give templates `enclosure_links`, as `attached`."""
    app.jinja_env.globals["attached"] = enclosure_links


def _kind(enclosure: Enclosure) -> str:
    """The kind by media type, else by file extension: many feeds give no type or a vague one."""
    kind = media_type(enclosure.type, enclosure.url).partition("/")[0]
    if kind in ("", "application"):
        path = _path(enclosure.url)
        kind = (mimetypes.guess_type(path)[0] or "").partition("/")[0]
    return kind if kind in ("audio", "video", "image") else "file"


def _file_name(url: str) -> str:
    name = unquote(_path(url).rpartition("/")[2])
    return name if name.isprintable() and len(name) <= _MAX_NAME_LENGTH else ""


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
