"""Lists as .atom, .rss and .json: the front page, sections, sources, stories, searches (.csv)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from flask import Blueprint, Response, make_response, redirect, request

from aggregator.errors import InvalidInput
from aggregator.query import is_wordless, parse
from aggregator.services.reading import entries, newest
from aggregator.services.search.details import find_matches
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.types import EntryDetail, EntryFilter
from web.feeds_out import formats
from web.feeds_out.documents import (
    ListFeed,
    ListFeedEntry,
    last_modified,
    to_feed_entry,
    to_feed_story,
)
from web.presentation.names import section_name, title_of
from web.presentation.search import search_url
from web.request import params
from web.request.auth import require
from web.request.database import read_session, settings
from web.request.i18n import current_language, translate
from web.request.list_context import (
    SECTION_PREFIX,
    list_path,
    list_url,
    parse_list_context,
    require_section,
)
from web.request.preferences import reading_languages
from web.request.search_context import current_search_context
from web.request.search_share import search_share

blueprint = Blueprint("list_feeds", __name__)

# Maximum and default rows of a search as a table: each match costs its highlighting.
MAX_ROWS, DEFAULT_ROWS = 1000, 200
# What an empty list says about when it changed: it never did.
NEVER = datetime(2026, 1, 1, tzinfo=UTC)


@formats.feed_route(blueprint, "/front")
def front(kind: str) -> Response:
    """The stories with the latest news, or entries with `view=entries`; narrowed as on `/`."""
    require("entry.read")
    context = parse_list_context(request.args, "")
    if context.is_personal:
        raise params.invalid_param("unread", "not in a public feed")
    items = _newest(context.chosen)
    page = f"{settings().base_url}{list_url(context).removeprefix(request.script_root)}"
    title = translate("site.name")
    return _response(kind, page, title, items, about=translate("site.description"))


@formats.feed_route(blueprint, "/sources/<slug>")
def source(slug: str, kind: str) -> Response:
    """The newest entries of a source."""
    require("source.read")
    context = parse_list_context({"source": slug}, "source")
    found = entries.find_source(read_session(), slug)
    page = f"{settings().base_url}{list_path(context).removeprefix(request.script_root)}"
    name = found.source.name.get(current_language())
    return _response(kind, page, name, _newest(context.chosen))


@formats.feed_route(blueprint, "/sections/<slug>")
def section(slug: str, kind: str) -> Response:
    """The stories of a section with the latest news."""
    require("entry.read")
    require_section(slug)
    context = parse_list_context({}, SECTION_PREFIX + slug)
    page = f"{settings().base_url}/sections/{slug}"
    title = section_name(slug)
    about = translate("section.description", section=title)
    return _response(kind, page, title, _newest(context.chosen), about=about)


@formats.feed_route(blueprint, "/stories/<int:story_id>")
def story(story_id: int, kind: str) -> Response:
    """The last entries of a story; the id of a merged story redirects to its successor."""
    require("entry.read")
    languages = reading_languages()
    view, found = newest.story_entries(read_session(), story_id, formats.limit(), languages)
    if view.id != story_id:
        return make_response(redirect(f"{request.script_root}/stories/{view.id}.{kind}", 301))
    page = f"{settings().base_url}/stories/{view.id}"
    return _response(kind, page, title_of(view.lead), to_entries(found), about=view.lead.summary)


@formats.feed_route(blueprint, "/search")
def search(kind: str) -> Response:
    """The newest matches of `q`."""
    require("entry.read")
    query = request.args.get("q", "")
    items = to_entries(search_matches(current_search_context(), query, formats.limit()))
    page = f"{settings().base_url}/search{search_url(query)}"
    title = f"{query.strip()} · {translate('site.name')}"
    return _response(kind, page, title, items)


@blueprint.get("/search.csv")
def search_table() -> Response:
    """The newest matches of `q` as a table."""
    require("entry.read")
    limit = formats.limit(MAX_ROWS, DEFAULT_ROWS)
    query = request.args.get("q", "")
    items = to_entries(search_matches(current_search_context(), query, limit))
    return formats.table_response(items, "search", last_modified(items, NEVER))


def search_matches(context: SearchContext, query: str, limit: int) -> tuple[EntryDetail, ...]:
    """The newest matches of a query. Raises QueryError, InvalidInput for an empty one."""
    tree = parse(query)
    if is_wordless(tree):
        raise InvalidInput("error.search_empty", "a search needs at least one word", field="q")
    wanted = SearchRequest(tree, limit=limit, partial=False)
    with search_share():
        return find_matches(read_session(), context, wanted)


def to_entries(found: tuple[EntryDetail, ...]) -> tuple[ListFeedEntry, ...]:
    """Entries as feeds have them, with whole texts if they are asked for."""
    base, language, full = settings().base_url, current_language(), formats.wants_full_text()
    return tuple(to_feed_entry(entry, None, base, language, full=full) for entry in found)


def _newest(chosen: EntryFilter) -> tuple[ListFeedEntry, ...]:
    limit = formats.limit()
    if not chosen.stories:
        return to_entries(newest.newest_entries(read_session(), None, chosen, limit))
    base, language, full = settings().base_url, current_language(), formats.wants_full_text()
    listed = replace(chosen, headlines=reading_languages())
    return tuple(
        to_feed_story(each.story, each.lead, base, language)
        if each.story
        else to_feed_entry(each.lead, None, base, language, full=full)
        for each in newest.newest_stories(read_session(), listed, limit)
    )


def _response(
    kind: str, page: str, title: str, items: tuple[ListFeedEntry, ...], *, about: str = ""
) -> Response:
    document = ListFeed(
        id=page,
        title=title,
        about=about,
        language=current_language(),
        page_url=page,
        self_url=formats.self_url(),
        updated_at=last_modified(items, NEVER),
        items=items,
    )
    return formats.feed_response(document, kind)
