"""A message that outlives one redirect: what was done, and how to undo it.

It is kept in the signed cookie of the forms, so that no page needs the database for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flask import Flask, g, has_request_context, session
from flask_babel import gettext

from aggregator.services.reading import source_requests
from aggregator.types import User
from web.presentation.names import isolated, source_name
from web.request.after_response import is_page_view
from web.request.auth import current_user, now
from web.request.database import read_session
from web.request.i18n import translate
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

    Two come without a redirect: what the reader opened could not be marked as read, and a source
    that the reader asked for was added or declined.
    """

    def __iter__(self) -> Iterator[FlashMessage]:
        reader = current_user() if has_request_context() else None
        if reader is not None and app_state().deferred.was_lost(reader.id):
            yield FlashMessage(gettext("flash.not_kept"))
        if reader is not None and g.get("has_answers") and is_page_view():
            yield from _answers(reader)
        if has_request_context() and _SESSION_KEY in session:
            yield FlashMessage(*session.pop(_SESSION_KEY))


def _answers(reader: User) -> Iterator[FlashMessage]:
    """What became of the requests of this reader, once."""
    answers = source_requests.list_untold(read_session(), reader)
    for each in answers:
        name = source_name(each.source) if each.source else each.title
        values = {"name": isolated(name), "word": isolated(each.word)}
        yield FlashMessage(translate(f"ask.told.{each.state}", **values))
    told, moment = [each.id for each in answers], now()
    app_state().deferred.submit(
        lambda session: source_requests.mark_told(session, reader.id, told, moment),
        "an answer to a request will be told again",
    )


def init_app(app: Flask) -> None:
    """Give templates `flashed`."""
    app.jinja_env.globals["flashed"] = PendingFlashes()
