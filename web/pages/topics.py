"""Published topics: all of them, and one with its entries."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, make_response, redirect, render_template, request
from sqlalchemy.exc import SQLAlchemyError

from aggregator.services import topics
from aggregator.services.topics import OpenTopic
from aggregator.storage.engine import Database
from aggregator.types import User
from web import params
from web.database import database, reading, writing
from web.desk_display import topic_name
from web.flashes import say
from web.i18n import translate
from web.lists import current_list
from web.security import safe_next
from web.sessions import current_user, now, require, require_user

blueprint = Blueprint("topics", __name__, url_prefix="/topics")

log = logging.getLogger(__name__)


@blueprint.get("")
def index() -> str:
    """All published topics."""
    require("topic.read")
    return render_template(
        "topics/list.html", topics=topics.list_published(reading(), current_user())
    )


@blueprint.get("/<slug>")
def show(slug: str) -> Response:
    """A topic: what editors pinned, then the newest first, with the reason of each."""
    require("topic.read")
    chosen = current_list().chosen
    if chosen.unread:
        require_user("entry.mark")
    cursor = params.cursor(request.args)
    found = topics.open_topic(reading(), current_user(), chosen, cursor, now())
    page = render_template("topics/show.html", found=found, topic=found.topic, page=found.page)
    return _seen_when_sent(make_response(page), found)


@blueprint.post("/<slug>/follow")
def follow(slug: str) -> Response:
    """Follow a topic or no longer."""
    reader = require_user("topic.follow")
    on = params.on(request.form)
    with writing() as session:
        topic = topics.follow(session, reader, slug, on, now())
    name = f"\u2068{topic_name(topic)}\u2069"
    say(translate("following.on" if on else "following.off", name=name))
    target = safe_next(request.form.get("next"), f"/topics/{topic.content.slug}")
    return make_response(redirect(target, 303))


def _seen_when_sent(response: Response, found: OpenTopic) -> Response:
    """What a follower was shown is no longer new to them, once it is on its way."""
    reader = current_user()
    if reader is not None and found.followed and not request.args.get("cursor"):
        base = database()
        response.call_on_close(lambda: _mark_seen(base, reader, found.topic.id, found.latest))
    return response


def _mark_seen(base: Database, reader: User, topic_id: int, up_to: int) -> None:
    try:
        with base.write() as session:
            topics.mark_seen(session, reader, topic_id, up_to)
    except SQLAlchemyError as error:
        log.warning("topic %d was not marked as seen: %s", topic_id, error)
