"""GET /api/v1/stories and /api/v1/stories/ID."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, jsonify, make_response, redirect, request

from aggregator.errors import NotFound, PermissionDenied
from aggregator.services.reading import chapters, stories
from web.api import params, presenters
from web.api.answers import conditional
from web.api.operations import operation
from web.api.reprints import attach_reprints
from web.request.auth import current_user, require
from web.request.database import read_session
from web.request.params import invalid_param

blueprint = Blueprint("stories", __name__, url_prefix="/stories")


@blueprint.get("")
@operation(
    "StoryPage",
    "Ordered by their latest entry that is not a copy; `unread=1` gives those that you have not "
    "fully read.",
    query=params.STORIES,
)
def index() -> Response:
    """List stories, the latest news first; an entry on its own is a story of one."""
    require("entry.read")
    listed = params.parse_stories(request.args)
    chosen = replace(listed.entry_filter, duplicates=False, stories=True)
    if current_user() is None and chosen.unread:
        raise PermissionDenied("tag.list")
    try:
        page = stories.list_stories(
            read_session(), current_user(), chosen, listed.cursor, listed.limit
        )
    except NotFound as error:
        raise invalid_param(error.noun, f"there is no {error.noun} {error.name}") from error
    found = stories.entries_by_story(read_session(), current_user(), page)
    known = {
        entry.id: entry
        for entry in attach_reprints([entry for _, _, members in found for entry in members])
    }
    found = [
        (id_, lead, tuple(known[entry.id] for entry in members)) for id_, lead, members in found
    ]
    return conditional(
        jsonify(
            stories=[presenters.story(*each, personal=_is_signed_in()) for each in found],
            next_cursor=page.next_cursor,
        )
    )


@blueprint.get("/<int:story_id>")
@operation("StoryDetail", statuses=(301, 404))
def show(story_id: int) -> Response:
    """One story with its entries; the id of a merged story redirects to its successor."""
    require("entry.read")
    params.require_known(request.args)
    story = stories.get_story_view(
        read_session(), current_user(), story_id, limit=stories.MAX_STORY_ENTRIES
    )
    if story.id != story_id:
        return make_response(redirect(f"{request.script_root}/api/v1/stories/{story.id}", 301))
    members = attach_reprints(story.entries)
    body = presenters.story(story.id, story.lead, members, personal=_is_signed_in())
    body["chapters"] = [presenters.chapter(each) for each in chapters.divide(story.timeline)]
    return conditional(jsonify(body))


def _is_signed_in() -> bool:
    return current_user() is not None
