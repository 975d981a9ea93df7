"""Asking for a source: an address, what is behind it, the reader's own requests.

Nothing is fetched here: a poller looks the address up, and the page of the look-up reloads itself
until it has.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from aggregator.services.reading import source_requests
from aggregator.services.reading.source_requests import AskResult
from aggregator.types import SourceLookup, User
from web.presentation import isolated, source_name
from web.request import params
from web.request.after_response import is_page_view
from web.request.auth import now, require_user
from web.request.database import exclusive_session, read_session
from web.request.flashes import flash
from web.request.i18n import translate
from web.state import app_state

blueprint = Blueprint("asking", __name__, url_prefix="/following")

# Seconds until the page of a look-up reloads itself, and from when on it has taken long.
RELOAD_S = 2
LONG_S = 60
_MAX_ADDRESS = 8_000
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_OWN_SITE = ("same-origin", "none")


@blueprint.get("/ask")
def new() -> Response:
    """The form; or at once what is behind a page that was shared to the installed app."""
    reader = require_user("source.ask")
    shared = _shared_address()
    if shared and is_page_view() and request.headers.get("Sec-Fetch-Site") in _OWN_SITE:
        return _ask(reader, shared)
    return _form(shared)


@blueprint.post("/ask")
def create() -> Response:
    """Ask for the source behind an address."""
    return _ask(require_user("source.ask"), request.form.get("address", "")[:_MAX_ADDRESS])


@blueprint.get("/ask/<int:lookup_id>")
def show(lookup_id: int) -> Response:
    """What was found, once a poller has looked."""
    reader = require_user("source.ask")
    return _lookup_page(source_requests.find_lookup(read_session(), reader, lookup_id))


@blueprint.post("/ask/<int:lookup_id>/choose")
def choose(lookup_id: int) -> Response:
    """Ask for one of the feeds that were found."""
    reader = require_user("source.ask")
    number = params.integer(request.form, "feed", 0, 99) or 0
    with exclusive_session() as session:
        asked = source_requests.choose(
            session, reader, lookup_id, number, app_state().max_requests, now()
        )
    if asked.state == "followed":
        return _followed(asked)
    return make_response(redirect(url_for("asking.show", lookup_id=lookup_id), 303))


@blueprint.post("/requests/<int:request_id>/withdraw")
def withdraw(request_id: int) -> Response:
    """Take a request back."""
    reader = require_user("source.ask")
    with exclusive_session() as session:
        source_requests.withdraw(session, reader, request_id)
    flash(translate("ask.withdrawn"))
    return make_response(redirect(url_for("following.index", _anchor="ask"), 303))


def _ask(reader: User, address: str) -> Response:
    with exclusive_session() as session:
        asked = source_requests.start(session, reader, address, app_state().max_requests, now())
    if asked.state == "followed":
        return _followed(asked)
    if asked.state == "refused":
        return _form(address, error=asked.key)
    if asked.state == "requested":
        flash(translate("ask.requested"))
        return make_response(redirect(url_for("following.index", _anchor="ask"), 303))
    return make_response(redirect(url_for("asking.show", lookup_id=asked.lookup_id), 303))


def _followed(asked: AskResult) -> Response:
    assert asked.source is not None
    flash(translate("ask.followed", name=isolated(source_name(asked.source))))
    return make_response(redirect(url_for("sources.show", slug=asked.source.slug), 303))


def _form(address: str, error: str | None = None) -> Response:
    page = render_template(
        "following/ask.html", address=address, error=error, enabled=app_state().max_requests > 0
    )
    return make_response(page, 400 if error else 200)


def _lookup_page(lookup: SourceLookup) -> Response:
    session = read_session()
    waited_s = (now() - lookup.asked_at).total_seconds()
    page = render_template(
        "following/lookup.html",
        lookup=lookup,
        source=source_requests.lookup_source(session, lookup),
        request_made=source_requests.lookup_request(session, lookup),
        failure=source_requests.failure_key(lookup) if lookup.outcome == "failed" else None,
        takes_long=waited_s > LONG_S,
    )
    response = make_response(page)
    if lookup.outcome is None:  # without a script, and not for programs that check pages
        response.headers["Refresh"] = str(RELOAD_S if waited_s <= LONG_S else 10 * RELOAD_S)
    return response


def _shared_address() -> str:
    """The address in what another app shares; some put it into the text, others into the title."""
    for name in ("url", "text", "title"):
        found = _WEB_ADDRESS.search(request.args.get(name, ""))
        if found:
            return found[0][:_MAX_ADDRESS]
    return request.args.get("url", "")[:_MAX_ADDRESS]
