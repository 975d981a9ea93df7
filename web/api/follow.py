"""GET and POST /api/v1/follow."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, jsonify, request

from aggregator.services.reading import bulk_following
from aggregator.services.reading.bulk_following import MAX_TARGETS_PER_LIST
from aggregator.types import FollowTargets
from web.api import bodies, params
from web.api.answers import conditional
from web.api.operations import operation
from web.request.auth import now, require, require_user
from web.request.database import read_session, write_session
from web.request.preferences import reading_languages
from web.request.search_share import change_share

blueprint = Blueprint("follow", __name__, url_prefix="/follow")

SOURCES = bodies.slugs("sources", "Sources by slug.", MAX_TARGETS_PER_LIST)
TOPICS = bodies.slugs("topics", "Published topics by slug.", MAX_TARGETS_PER_LIST)
STORIES = bodies.ids("stories", "Stories by id.", MAX_TARGETS_PER_LIST, required=False)
FOLLOWED = bodies.switch("on", "Whether they are followed from now on.")
BODY = (SOURCES, TOPICS, STORIES, FOLLOWED)
# The permission that following each of them needs.
_PERMISSIONS = ((SOURCES, "source.follow"), (TOPICS, "topic.follow"), (STORIES, "story.follow"))


@blueprint.get("")
@operation("Followed", personal=True)
def index() -> Response:
    """List what you follow."""
    reader = require_user("source.follow")
    params.require_known(request.args)
    found = bulk_following.list_followed(read_session(), reader)
    return conditional(jsonify(asdict(found)))


@blueprint.post("")
@operation(
    "FollowChanged",
    "Of a source that is newly followed, what was published more than a day ago counts as read.",
    body=BODY,
    one_of=("sources", "topics", "stories"),
    example={"sources": ["hespress"], "topics": ["water"], "stories": [4], "on": True},
)
def change() -> Response:
    """Follow or unfollow sources, topics and stories."""
    reader = require_user("source.follow")
    params.require_known(request.args)
    values = bodies.read_body(BODY)
    for field, permission in _PERMISSIONS:
        if values.get(field):
            require(permission)
    targets = FollowTargets(values[SOURCES], values[TOPICS], values[STORIES])
    with change_share(reader), write_session() as session:
        found, unknown = bulk_following.follow_targets(
            session, reader, targets, values[FOLLOWED], now(), reading_languages()
        )
    return jsonify(asdict(found) | {"unknown": asdict(unknown)})
