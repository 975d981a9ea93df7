"""Pages of published topics: the list, and one topic with its entries."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request

from aggregator.services.reading import topics
from aggregator.services.reading.topics import TopicView
from web.presentation import isolated
from web.presentation.desk import topic_name
from web.request import params
from web.request.after_response import write_after_response
from web.request.auth import current_user, now, require, require_user
from web.request.database import read_session, write_session
from web.request.flashes import flash
from web.request.i18n import translate
from web.request.list_context import current_list_context
from web.request.security import own_path, safe_next

blueprint = Blueprint("topics", __name__, url_prefix="/topics")


@blueprint.get("")
def index() -> str:
    """List all published topics."""
    require("topic.read")
    return render_template(
        "topics/list.html", topics=topics.list_published(read_session(), current_user())
    )


@blueprint.get("/<slug>")
def show(slug: str) -> Response:
    """A topic: pinned entries, then the newest first, each with its reason."""
    require("topic.read")
    chosen = current_list_context().chosen
    if chosen.unread:
        require_user("entry.mark")
    cursor = params.cursor(request.args)
    found = topics.get_topic_view(read_session(), current_user(), chosen, cursor, now())
    page = render_template("topics/show.html", found=found, topic=found.topic, page=found.page)
    return _mark_seen_after_response(make_response(page), found)


@blueprint.post("/<slug>/follow")
def follow(slug: str) -> Response:
    """Follow or unfollow a topic."""
    reader = require_user("topic.follow")
    on = params.on(request.form)
    with write_session() as session:
        topic = topics.follow(session, reader, slug, on, now())
    name = isolated(topic_name(topic))
    flash(translate("following.on" if on else "following.off", name=name))
    target = safe_next(request.form.get("next"), own_path(f"/topics/{topic.content.slug}"))
    return make_response(redirect(target, 303))


def _mark_seen_after_response(response: Response, found: TopicView) -> Response:
    """Mark the topic as seen by a reader who follows it, after the response is sent."""
    reader = current_user()
    if reader is None or not found.followed or request.args.get("cursor"):
        return response
    topic_id, latest = found.topic.id, found.latest
    return write_after_response(
        response,
        lambda session: topics.mark_seen(session, reader, topic_id, latest),
        f"topic {topic_id} was not marked as seen",
    )
