"""GET /feeds/TOKEN.atom, .rss and .json: a reader's own lists. The address is the key."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from aggregator.errors import NotFound
from aggregator.services.accounts.permissions import require_permission
from aggregator.services.reading import newest, personal_feeds
from aggregator.services.search.request import SearchContext
from aggregator.storage.accounts.personal_feeds import OwnedFeed
from aggregator.types import EntryDetail, PersonalFeed
from web.feeds_out import formats
from web.feeds_out.documents import ListFeed, last_modified
from web.feeds_out.lists import search_matches, to_entries
from web.presentation.search import search_url
from web.request.after_response import write_after_response
from web.request.auth import now
from web.request.database import read_session, settings
from web.request.i18n import current_language, translate
from web.request.list_context import tag_url

blueprint = Blueprint("personal_feeds", __name__)


@formats.feed_route(blueprint, "/feeds/<token>")
def feed(token: str, kind: str) -> Response:
    """The newest entries of one of a reader's own lists."""
    owned = personal_feeds.find(read_session(), token)
    shown = owned.feed
    permission = personal_feeds.PERMISSIONS[shown.kind]
    require_permission(owned.user, permission, settings().public_reading)
    items = to_entries(_newest(owned))
    page = f"{settings().base_url}{page_path(shown)}"
    document = ListFeed(
        id=f"{page}#{shown.id[:16]}",
        title=f"{feed_name(shown)} · {translate('site.name')}",
        about="",
        language=current_language(),
        page_url=page,
        self_url="",
        updated_at=last_modified(items, shown.created_at),
        items=items,
    )
    response = formats.feed_response(document, kind)
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return _note_use(response, shown)


def feed_name(shown: PersonalFeed) -> str:
    """The name of the list: the tag, the query, or the title of its page."""
    return shown.subject or translate(f"{shown.kind}.title")


def page_path(shown: PersonalFeed) -> str:
    """The path of the page that shows the same list, without the site's prefix."""
    if shown.kind == "tag":
        return tag_url(shown.subject).removeprefix(request.script_root)
    return f"/search{search_url(shown.subject)}" if shown.kind == "search" else f"/{shown.kind}"


def _newest(owned: OwnedFeed) -> tuple[EntryDetail, ...]:
    session, limit = read_session(), formats.limit()
    if owned.feed.kind == "search":
        context = SearchContext(owned.user, now(), ZoneInfo(settings().timezone))
        return search_matches(context, owned.feed.subject, limit)
    try:
        chosen = personal_feeds.entry_filter(owned.feed)
        return newest.newest_entries(session, owned.user, chosen, limit)
    except NotFound:  # the last entry of a tag lost it
        return ()


def _note_use(response: Response, shown: PersonalFeed) -> Response:
    moment = now()
    if not personal_feeds.is_use_news(shown, moment):
        return response
    return write_after_response(
        response,
        lambda session: personal_feeds.record_use(session, shown.id, moment),
        "the use of a personal feed was not noted",
    )
