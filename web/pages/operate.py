"""The operators' view of the feeds, and their commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from aggregator.errors import FeedCommandError
from aggregator.process.feeds.health import STATES
from aggregator.services.operate import feed_health, search_index, source_requests
from aggregator.types import FeedState
from aggregator.types.audit import ActKind
from web.request import audit, params
from web.request.auth import now, require_user
from web.request.database import read_session, write_session
from web.request.errors import status_of

blueprint = Blueprint("operate", __name__, url_prefix="/operate")

# Requests of readers to show above the feeds.
SHOWN_REQUESTS = 5
_DONE = ("poll", "resume", "adopt")
_KINDS: dict[str, ActKind] = {
    "poll": "feed.poll", "resume": "feed.resume", "adopt": "feed.adopt",
}  # fmt: skip


@blueprint.get("")
def index() -> str:
    """List all feeds, those in trouble first."""
    require_user("feed.operate")
    state = _state()
    session = read_session()
    board = feed_health.list_feed_reports(session, now(), state, params.page(request.args))
    indexed = search_index.index_progress(session)
    requests = source_requests.open_requests(session, SHOWN_REQUESTS)
    return render_template(
        "operate/list.html", board=board, state=state, indexed=indexed, requests=requests
    )


@blueprint.get("/feeds/<int:feed_id>")
def show(feed_id: int) -> Response:
    """One feed, day by day."""
    require_user("feed.operate")
    return _page(feed_id)


@blueprint.post("/feeds/<int:feed_id>/poll")
def poll(feed_id: int) -> Response:
    """Poll the feed now."""
    return _run_action(
        "poll", feed_id, lambda session: feed_health.poll_now(session, feed_id, now())
    )


@blueprint.post("/feeds/<int:feed_id>/resume")
def resume(feed_id: int) -> Response:
    """Resume polling of a feed that was stopped or held back."""
    return _run_action(
        "resume", feed_id, lambda session: feed_health.resume(session, feed_id, now())
    )


@blueprint.post("/feeds/<int:feed_id>/adopt")
def adopt(feed_id: int) -> Response:
    """Switch the feed to another of its addresses."""
    url = request.form.get("address", "")
    return _run_action(
        "adopt", feed_id, lambda session: feed_health.adopt_url(session, feed_id, url, now()), url
    )


def _run_action(
    what: Literal["poll", "resume", "adopt"],
    feed_id: int,
    action: Callable[[Session], object],
    detail: str = "",
) -> Response:
    require_user("feed.operate")
    try:
        with write_session() as session:
            action(session)
            audit.record(session, _KINDS[what], feed_id, detail)
    except FeedCommandError as error:
        return _page(feed_id, error=error)
    return make_response(redirect(url_for("operate.show", feed_id=feed_id, done=what), 303))


def _page(feed_id: int, *, error: FeedCommandError | None = None) -> Response:
    report = feed_health.feed_report(read_session(), feed_id, now())
    done = request.args.get("done")
    page = render_template(
        "operate/show.html",
        feed=report.feed,
        days=report.days,
        choices=feed_health.alternative_urls(read_session(), report.feed),
        error=error,
        done=done if done in _DONE else None,
    )
    return make_response(page, status_of(error) if error else 200)


def _state() -> FeedState | None:
    value = request.args.get("state")
    if value and value not in STATES:
        raise params.invalid_param("state", f"one of {', '.join(STATES)}")
    return value or None
