"""Pages of entries: the list of everything, the reader's own list, one entry."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, make_response, render_template, request

from aggregator.services.reading import (
    dispatches,
    entries,
    folders,
    front_page,
    my_news,
    packs,
    reprints,
    stories,
    topics,
    unread,
)
from aggregator.services.reading.front_page import FrontPage
from aggregator.services.reading.packs import OfferedPack
from aggregator.types import EntryPage, FollowedSource, SourceRef, User
from web.caches.filter_options import cached_filter_options
from web.caches.front_page import current_plan, is_front_page, is_my_front_page
from web.caches.saved_counts import searches_with_counts
from web.caches.unread_counts import unread_counts
from web.request import params
from web.request.after_response import mark_read_after_response
from web.request.auth import current_user, now, require, require_user
from web.request.database import read_session
from web.request.i18n import current_language
from web.request.list_context import current_list_context, reset_list_context
from web.request.preferences import reading_languages
from web.state import app_state

blueprint = Blueprint("entries", __name__)

# Maximum sources to suggest to a reader who follows none.
SUGGESTIONS = 8


@blueprint.get("/")
def index() -> str:
    """Stories, or with `view=entries` every entry, the newest first."""
    require("entry.read")
    chosen = current_list_context().chosen
    if chosen.unread:
        require_user("entry.mark")
    if is_front_page(current_list_context()):
        front = front_page.open_front_page(
            read_session(), current_user(), current_plan(), now(), chosen
        )
        return render_template(
            "entries/list.html", page=front.rest, front=front, options=cached_filter_options()
        )
    cursor = params.cursor(request.args)
    listed = stories.list_stories if chosen.stories else entries.list_entries
    page = listed(read_session(), current_user(), chosen, cursor)
    return render_template(
        "entries/list.html", page=page, front=None, options=cached_filter_options()
    )


@blueprint.get("/mine")
def mine() -> str:
    """What the reader follows: stories, or with `view=entries` every entry; with unread counts."""
    reader = require_user("source.follow")
    session = read_session()
    left = unread_counts(reader)
    front, page = _my_news(reader)
    chosen = current_list_context().chosen
    return render_template(
        "entries/mine.html",
        page=page,
        front=front,
        options=cached_filter_options(),
        follows=bool(left.by_source),
        folders=folders.list_folders(session, reader),
        unread_here=unread.count_list(session, reader, chosen) if chosen.folder else 0,
        followed=_followed(left.by_source),
        topics=topics.list_followed(session, reader),
        stories=stories.list_followed(session, reader),
        searches=searches_with_counts(reader),
        suggestions=() if left.by_source else _suggestions(),
        packs=() if left.by_source else _packs(reader),
    )


def _my_news(reader: User) -> tuple[FrontPage | None, EntryPage]:
    """As the front page on the first page of everything followed, elsewhere by time."""
    session, chosen = read_session(), current_list_context().chosen
    if is_my_front_page(current_list_context()):
        front = my_news.open_my_news(session, reader, chosen, current_plan(), now())
        return front, front.listed
    listed = stories.list_stories if chosen.stories else entries.list_entries
    return None, listed(session, reader, chosen, params.cursor(request.args))


def _followed(left: Mapping[str, int]) -> tuple[FollowedSource, ...]:
    """Followed sources that have entries, with unread counts, in the operator's order."""
    sources = cached_filter_options().options.sources
    return tuple(
        FollowedSource(source, left[source.slug]) for source in sources if source.slug in left
    )


def _suggestions() -> tuple[SourceRef, ...]:
    """Sources to start with: the reader's language first, in the operator's order."""
    language = current_language()
    sources = cached_filter_options().options.sources
    return tuple(sorted(sources, key=lambda source: source.language != language))[:SUGGESTIONS]


def _packs(reader: User) -> tuple[OfferedPack, ...]:
    return packs.list_packs(read_session(), reader, app_state().packs, reading_languages())


@blueprint.get("/entries/<int:entry_id>")
def show(entry_id: int) -> Response:
    """One entry, with its neighbours in the list that it was opened from."""
    require("entry.read")
    reader = current_user()
    if reader is None and current_list_context().is_personal:
        reset_list_context()  # the address was shared by a signed-in reader
    opened = entries.get_entry_view(read_session(), reader, entry_id, current_list_context().chosen)
    page = render_template(
        "entries/show.html",
        entry=opened.entry,
        tag_suggestions=opened.tag_suggestions,
        newer=opened.newer,
        older=opened.older,
        topics=topics.topics_of(read_session(), entry_id),
        story=stories.story_of_entry(read_session(), entry_id),
        reprinted=reprints.find_original(read_session(), opened.entry.summary),
        dispatch=dispatches.find_dispatch(read_session(), entry_id),
    )
    return mark_read_after_response(make_response(page), opened.entry.summary)
