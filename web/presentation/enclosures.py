"""The files that come with an entry, by how a page offers them. Pure but for `init_app`."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote, urlsplit

from flask import Flask

from aggregator.types import Enclosure, EntryDetail
from web.presentation import safe_url

MAX_FILES = 40
"""So many files of an entry are offered."""
_MAX_NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class EnclosureLink:
    """One file; `kind` is "audio", "video", "image" or "file", `name` as its address has it."""

    kind: str
    url: str
    name: str
    length: int


def enclosure_links(entry: EntryDetail) -> tuple[EnclosureLink, ...]:
    """What comes with `entry` and is not shown in it already, each file once."""
    seen = {entry.summary.image_url}
    found = []
    for enclosure in entry.enclosures:
        url = safe_url(enclosure.url)
        if not url or url in seen or escape(url) in entry.content:
            continue
        seen.add(url)
        found.append(EnclosureLink(_kind(enclosure), url, _file_name(url), enclosure.length))
    return tuple(found[:MAX_FILES])


def init_app(app: Flask) -> None:
    """Give templates `enclosure_links`."""
    app.jinja_env.globals["attached"] = enclosure_links


def _kind(enclosure: Enclosure) -> str:
    """By its type, else by the ending of its address; many feeds write no type or a vague one."""
    kind = enclosure.type.partition("/")[0].lower()
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
