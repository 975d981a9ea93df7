"""A message that outlives one redirect: what was done, and how to take it back.

It travels in the signed cookie of the forms, so that no page needs the database for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flask import Flask, has_request_context, session

_SESSION_KEY = "said"


@dataclass(frozen=True, slots=True)
class FlashMessage:
    """A sentence in the reader's language, and the form that takes back what it says, if any."""

    text: str
    action: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def flash(text: str, undo: str | None = None) -> None:
    """Show this on the next page of this browser; `undo` is a token for POST /entries/undo."""
    session[_SESSION_KEY] = [text, "/entries/undo", {"undo": undo}] if undo else [text]


def flash_with_undo(text: str, action: str, **fields: str) -> None:
    """As `flash`; the form that takes it back goes to `action`, a path of this site."""
    session[_SESSION_KEY] = [text, action, fields]


class PendingFlashes:
    """What is to be shown on this page; shown once, and looked at only by a page that shows it."""

    def __iter__(self) -> Iterator[FlashMessage]:
        if has_request_context() and _SESSION_KEY in session:
            yield FlashMessage(*session.pop(_SESSION_KEY))


def init_app(app: Flask) -> None:
    """Give templates `flashed`."""
    app.jinja_env.globals["flashed"] = PendingFlashes()
