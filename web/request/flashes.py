"""A message that outlives one redirect: what was done, and how to undo it.

It is kept in the signed cookie of the forms, so that no page needs the database for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flask import Flask, has_request_context, session
from flask_babel import gettext

from web.request.auth import current_user
from web.state import app_state

_SESSION_KEY = "flash"


@dataclass(frozen=True, slots=True)
class FlashMessage:
    """A sentence in the reader's language, and the form that undoes what it reports, if any."""

    text: str
    action: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


def flash(text: str, undo: str | None = None) -> None:
    """Show this on the next page of this browser; `undo` is a token for POST /entries/undo."""
    session[_SESSION_KEY] = [text, "/entries/undo", {"undo": undo}] if undo else [text]


def flash_with_undo(text: str, action: str, **fields: str) -> None:
    """As `flash`; the undo form posts `fields` to `action`, a path of this site."""
    session[_SESSION_KEY] = [text, action, fields]


class PendingFlashes:
    """The messages to show on this page; iterating takes them out of the session.

    One comes without a redirect: what the reader opened could not be marked as read.
    """

    def __iter__(self) -> Iterator[FlashMessage]:
        reader = current_user() if has_request_context() else None
        if reader is not None and app_state().deferred.was_lost(reader.id):
            yield FlashMessage(gettext("flash.not_kept"))
        if has_request_context() and _SESSION_KEY in session:
            yield FlashMessage(*session.pop(_SESSION_KEY))


def init_app(app: Flask) -> None:
    """Give templates `flashed`."""
    app.jinja_env.globals["flashed"] = PendingFlashes()
