"""The requests of readers for sources, and the operators' answers."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from aggregator.errors import ConfigError, ConfigNotWritable, InvalidInput
from aggregator.services.operate import source_requests as service
from aggregator.services.operate.source_requests import SourceForm
from web.request.audit import record
from web.request.auth import now, require_user
from web.request.database import database, exclusive_session, read_session
from web.state import app_state

blueprint = Blueprint("requests", __name__, url_prefix="/operate/requests")

_DONE = ("accept", "decline", "answered")


@blueprint.get("")
def index() -> str:
    """List the requests: those to answer, and the last that were answered."""
    require_user("source.answer")
    done = request.args.get("done")
    board = service.list_requests(read_session())
    return render_template(
        "operate/requests.html", board=board, done=done if done in _DONE else None
    )


@blueprint.get("/<int:request_id>")
def show(request_id: int) -> Response:
    """One request: who asked, what the feed brings, the answer."""
    require_user("source.answer")
    return _page(request_id)


@blueprint.post("/<int:request_id>/accept")
def accept(request_id: int) -> Response:
    """Write the source into the config, poll it, have its readers follow it."""
    operator = require_user("source.answer")
    form = _read_form()
    try:
        accepted = service.accept(
            database(), app_state().source_file, operator, request_id, form, now()
        )
    except InvalidInput as error:
        return _page(request_id, form, error=error)
    except ConfigError as error:
        return _page(request_id, form, problems=tuple(map(str, error.problems)))
    except ConfigNotWritable as error:
        return _page(request_id, form, not_writable=error)
    return _done("accept" if accepted else "answered")


@blueprint.post("/<int:request_id>/decline")
def decline(request_id: int) -> Response:
    """Decline, with a word to the readers."""
    operator = require_user("source.answer")
    word = request.form.get("word", "")
    try:
        with exclusive_session() as session:
            declined = service.decline(session, operator, request_id, word, now())
            if declined:
                record(session, "request.decline", request_id, word)
    except InvalidInput as error:
        return _page(request_id, word=word, error=error)
    return _done("decline" if declined else "answered")


def _done(what: str) -> Response:
    return make_response(redirect(url_for("requests.index", done=what), 303))


def _read_form() -> SourceForm:
    def field(name: str) -> str:
        return request.form.get(name, "").strip()

    return SourceForm(
        name=field("name"),
        slug=field("slug").lower(),
        language=field("language").lower(),
        country=field("country").upper(),
        section=field("section")[:60],
    )


def _page(
    request_id: int,
    form: SourceForm | None = None,
    *,
    word: str = "",
    error: InvalidInput | None = None,
    problems: tuple[str, ...] = (),
    not_writable: ConfigNotWritable | None = None,
) -> Response:
    session = read_session()
    found = service.find_request(session, request_id)
    form = form or service.proposed_form(session, found)
    page = render_template(
        "operate/request.html",
        asked=found,
        form=form,
        word=word,
        error=error,
        problems=problems,
        not_writable=not_writable,
        snippet=service.snippet(found, form) if not_writable else "",
    )
    return make_response(page, 400 if error else 409 if problems or not_writable else 200)
