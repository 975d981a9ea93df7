"""Stories: their coverage, the changes of a reprint; following, marking, splitting, merging."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, make_response, redirect, render_template, request

from aggregator.services.desk import front_pins, merge_suggestions
from aggregator.services.desk import stories as desk_stories
from aggregator.services.reading import chapters, stories
from aggregator.services.reading.stories import StoryView
from aggregator.types import User
from aggregator.types.limits import MAX_ID
from web.caches.front_page import forget_plan
from web.caches.unread_counts import note_read_change
from web.presentation.names import sources_by_country
from web.request import audit, params
from web.request.after_response import write_after_response
from web.request.auth import can, current_user, now, require, require_user
from web.request.database import read_session, write_session
from web.request.flashes import flash, flash_with_undo
from web.request.i18n import translate, translate_count
from web.request.list_context import reset_list_context, story_url
from web.request.preferences import reading_languages
from web.request.security import safe_next

blueprint = Blueprint("stories", __name__, url_prefix="/stories")

_STORY_REFERENCE = re.compile(r"(?:.*/stories/)?0*([0-9]{1,10})/?\s*")


@blueprint.get("/<int:story_id>")
def show(story_id: int) -> Response:
    """A story; the id of a merged story redirects to its successor."""
    require("entry.read")
    reset_list_context()
    reader = current_user()
    before = params.integer(request.args, "before", 1, MAX_ID)
    story = stories.get_story_view(
        read_session(), reader, story_id, before, languages=reading_languages()
    )
    if story.id != story_id:
        return make_response(redirect(story_url(story.id), 301))
    page = render_template(
        "stories/show.html",
        story=story,
        chapters=chapters.divide(story.timeline),
        places=sources_by_country(story.sources),
        similar=merge_suggestions.suggest_merges(
            read_session(), story.id, [entry.id for entry in story.entries]
        )
        if can("story.edit")
        else (),
        pin=front_pins.find_pin(read_session(), story.id, now()) if can("front.edit") else None,
        pin_hours=front_pins.PIN_HOURS,
    )
    return _mark_seen_after_response(make_response(page), reader, story)


@blueprint.get("/<int:story_id>/changes/<int:entry_id>")
def changes(story_id: int, entry_id: int) -> str:
    """Show what a reprint changed in the original text."""
    require("entry.read")
    original, reprint, title, text = stories.reprint_diff(read_session(), story_id, entry_id)
    return render_template(
        "stories/changes.html",
        story_id=story_id,
        original=original,
        reprint=reprint,
        title=title,
        text=text,
    )


@blueprint.post("/<int:story_id>/follow")
def follow(story_id: int) -> Response:
    """Follow or unfollow a story."""
    reader = require_user("story.follow")
    on = params.on(request.form)
    with write_session() as session:
        number = stories.follow(session, reader, story_id, on, now(), reading_languages())
    flash(translate("story.followed") if on else translate("story.unfollowed"))
    return _back(number)


@blueprint.post("/<int:story_id>/read")
def mark(story_id: int) -> Response:
    """Mark all entries of a story as read or unread."""
    reader = require_user("entry.mark")
    read = params.on(request.form)
    with write_session() as session:
        marked = stories.mark_story(session, reader, story_id, read, now())
    note_read_change(reader, marked.change)
    flash(translate_count("marked.read" if read else "marked.unread", marked.count), marked.undo)
    return _back(story_id)


@blueprint.post("/<int:story_id>/split")
def split(story_id: int) -> Response:
    """Move the chosen entries into a story of their own."""
    editor = require_user("story.edit")
    with write_session() as session:
        chosen = _selected_ids()
        number = desk_stories.split(session, editor, story_id, chosen, now())
        audit.record(session, "story.split", story_id, f"{number}: {' '.join(map(str, chosen))}")
    flash(translate("story.was_split"))
    return _back(number)


@blueprint.post("/<int:story_id>/merge")
def merge(story_id: int) -> Response:
    """Merge this story with another, given by its number or address."""
    require_user("story.edit")
    found = _STORY_REFERENCE.fullmatch(request.form.get("other", ""))
    if found is None:
        raise params.invalid_param("other", "the number or the address of a story")
    with write_session() as session:
        number = desk_stories.merge(session, story_id, int(found[1]))
        audit.record(session, "story.merge", story_id, found[1])
    flash(translate("story.was_merged"))
    return _back(number)


@blueprint.post("/<int:story_id>/pin")
def pin(story_id: int) -> Response:
    """Pin a story to the front page for some hours, or until a time; unpin it without either."""
    editor = require_user("front.edit")
    until = _pinned_until()
    with write_session() as session:
        if until is None:
            before = front_pins.unpin(session, editor, story_id, now())
            audit.record(session, "story.unpin", story_id)
        else:
            before = front_pins.pin(session, editor, story_id, until, now())
            audit.record(session, "story.pin", story_id, f"{until:%Y-%m-%d %H:%M} UTC")
    forget_plan()
    flash_with_undo(
        translate("story.was_pinned") if until else translate("story.was_unpinned"),
        f"/stories/{story_id}/pin",
        until=before.expires_at.isoformat() if before else "",
    )
    return _back(story_id)


def _pinned_until() -> datetime | None:
    hours, until = request.form.get("hours"), request.form.get("until")
    if hours:
        if hours not in map(str, front_pins.PIN_HOURS):
            raise params.invalid_param("hours", "one of the choices of the form")
        return now() + timedelta(hours=int(hours))
    if not until:
        return None
    try:
        return datetime.fromisoformat(until).astimezone(UTC)
    except (ValueError, OverflowError):
        raise params.invalid_param("until", "a time in ISO 8601 form") from None


def _selected_ids() -> list[int]:
    values = request.form.getlist("ids")
    if not all(value.isascii() and value.isdecimal() and len(value) <= 10 for value in values):
        raise params.invalid_param("ids", "ids of entries")
    return list(map(int, values))


def _back(story_id: int) -> Response:
    target = safe_next(request.form.get("next"), story_url(story_id))
    return make_response(redirect(target, 303))


def _mark_seen_after_response(
    response: Response, reader: User | None, story: StoryView
) -> Response:
    """Mark the story as seen by a reader who follows it, after the response is sent."""
    if reader is None or not story.read.followed or story.before is not None:
        return response
    return write_after_response(
        response,
        lambda session: stories.mark_seen(session, reader, story),
        f"story {story.id} was not marked as seen",
    )
