"""Lists of entries and their addresses: which list a page shows or was opened from.

A list has a name and a filter. The page of an entry carries both in its query (`in=mine&unread=1`),
so that its neighbours, its back link and "mark all" refer to the list that the reader came from.
Addresses are built here rather than by `url_for`: a page of a list has about two hundred.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlencode

from flask import Flask, g, request

from aggregator.errors import NotFound
from aggregator.types import EntryFilter, EntryPage, EntrySummary
from aggregator.types.sections import SECTIONS
from web.request import params
from web.request.preferences import reading_languages
from web.state import app_state

# The list of a tag is named "tag:NAME", that of a topic "topic:SLUG", of a section "section:SLUG",
# of an owner "owner:SLUG".
TAG_PREFIX = "tag:"
TOPIC_PREFIX = "topic:"
SECTION_PREFIX = "section:"
OWNER_PREFIX = "owner:"

_PATHS = {"": "/", "mine": "/mine", "starred": "/starred"}
# The lists of everything, and of what a reader follows.
_LISTS_OF_STORIES = ("", "mine")
_LIST_BY_ENDPOINT = {
    "entries.index": "",
    "entries.mine": "mine",
    "tags.starred": "starred",
    "sources.show": "source",
    "tags.show": TAG_PREFIX,
    "topics.show": TOPIC_PREFIX,
    "sections.show": SECTION_PREFIX,
    "owners.show": OWNER_PREFIX,
}


class ListContext(NamedTuple):
    """A list: what it shows, and its name as `in=` gives it ("" is the list of everything)."""

    chosen: EntryFilter
    name: str = ""

    @property
    def query_string(self) -> str:
        """The list as the query of an address: in=mine&unread=1; empty for everything."""
        return _query(self)

    @property
    def is_personal(self) -> bool:
        """Whether the list exists only for a signed-in reader."""
        prefixes = TOPIC_PREFIX, SECTION_PREFIX, OWNER_PREFIX
        public = self.name in ("", "source") or self.name.startswith(prefixes)
        return not public or self.chosen.unread


ALL_ENTRIES = ListContext(EntryFilter(stories=True))


def parse_list_context(values: Mapping[str, str], name: str | None = None) -> ListContext:
    """The list that query or form values name; `name` overrides it for the page of a list.

    Raises InvalidInput.
    """
    name = values.get("in", "") if name is None else name
    source = params.slug(values)
    tag = name.removeprefix(TAG_PREFIX) if name.startswith(TAG_PREFIX) else None
    topic = name.removeprefix(TOPIC_PREFIX) if name.startswith(TOPIC_PREFIX) else None
    section = name.removeprefix(SECTION_PREFIX) if name.startswith(SECTION_PREFIX) else None
    owner = name.removeprefix(OWNER_PREFIX) if name.startswith(OWNER_PREFIX) else None
    named = tag, topic, owner
    is_named = any(each is not None for each in named) or section in SECTIONS
    if not is_named and name not in _PATHS and not (name == "source" and source):
        raise params.invalid_param(
            "in",
            '"mine", "source" (with source=), "starred", "tag:NAME", "topic:SLUG", "section:SLUG", '
            '"owner:SLUG"',
        )
    chosen = EntryFilter(
        source=source,
        owner=owner,
        country=params.country(values),
        language=params.language(values),
        section=section,
        tag=tag,
        topic=topic,
        starred=name == "starred",
        following=name == "mine",
        folder=params.folder(values) if name == "mine" else None,
        unread=params.unread(values),
    )
    # The lists of everything and of what a reader follows do so unless view=entries.
    as_stories = name in _LISTS_OF_STORIES and values.get("view") != "entries"
    stories = section is not None or owner is not None or as_stories
    return ListContext(replace(chosen, stories=stories), name)


def current_list_context() -> ListContext:
    """The list that this page shows, or that it was opened from."""
    found = g.get("list")
    if found is None:
        found = g.list = _in_reading_languages(_context_from_request())
    assert isinstance(found, ListContext)
    return found


def reset_list_context() -> None:
    """Treat this page as opened from the list of everything."""
    g.list = ALL_ENTRIES


def _in_reading_languages(context: ListContext) -> ListContext:
    if not context.chosen.stories:
        return context
    return context._replace(chosen=replace(context.chosen, headlines=reading_languages()))


def _context_from_request() -> ListContext:
    name = _LIST_BY_ENDPOINT.get(request.endpoint or "")
    inside = request.view_args or {}
    if name == "source":
        return parse_list_context({**request.args.to_dict(), "source": inside["slug"]}, name)
    if name == TAG_PREFIX:
        return parse_list_context(request.args, TAG_PREFIX + inside["name"])
    if name == SECTION_PREFIX:
        return parse_list_context(request.args, SECTION_PREFIX + inside["slug"])
    if name == OWNER_PREFIX:
        return parse_list_context(request.args, OWNER_PREFIX + inside["slug"])
    if name == TOPIC_PREFIX:
        return parse_list_context(request.args, TOPIC_PREFIX + inside["slug"])
    return parse_list_context(request.args, name)


def require_section(slug: str) -> None:
    """Raise NotFound unless the front page has this section."""
    if slug not in app_state().sections:
        raise NotFound("section", slug)


# --- addresses -------------------------------------------------------------------------------


def list_url(context: ListContext, **changes: str | None) -> str:
    """The address of a list; `changes` are parameters to set, or to drop with None."""
    values = _filters(context)
    if context.name == "source":
        del values["source"]
    parameters = {name: value for name, value in (values | changes).items() if value}
    path = list_path(context)
    return f"{path}?{urlencode(parameters)}" if parameters else path


def list_path(context: ListContext) -> str:
    """The address of a list without its filters."""
    return request.script_root + _path(context)


def list_form_fields(context: ListContext) -> dict[str, str]:
    """A list as the fields of a form, for `parse_list_context` to read."""
    values = {"in": context.name or None} | _filters(context)
    return {name: value for name, value in values.items() if value}


def entry_url(entry: EntrySummary | int, context: ListContext = ALL_ENTRIES) -> str:
    """The address of an entry, as opened from a list."""
    number = entry if isinstance(entry, int) else entry.id
    return f"{request.script_root}/entries/{number}{way_back(context)}"


def way_back(context: ListContext) -> str:
    """What the address of an entry ends in, so that its page leads back to the list."""
    query = _query(context)
    return f"?{query}" if query else ""


def story_url(story_id: int) -> str:
    """The address of a story."""
    return f"{request.script_root}/stories/{story_id}"


def source_url(slug: str) -> str:
    """The address of a source."""
    return f"{request.script_root}/sources/{slug}"


def owner_url(slug: str) -> str:
    """The address of an owner."""
    return f"{request.script_root}/owners/{slug}"


def section_url(name: str) -> str:
    """The address of a section."""
    return f"{request.script_root}/sections/{name}"


def tag_url(name: str) -> str:
    """The address of one of the reader's tags."""
    return f"{request.script_root}/tags/{quote(name)}"


def next_page_url(page: EntryPage, context: ListContext | None = None) -> str:
    """The address of the page after `page`; empty for the last."""
    if not page.next_cursor:
        return ""
    return list_url(context or current_list_context(), cursor=page.next_cursor)


def offers_stories(context: ListContext) -> bool:
    """Whether the list shows stories, or entries on request."""
    return context.name in _LISTS_OF_STORIES


def is_filtered(context: ListContext) -> bool:
    """Whether filters narrow the list."""
    chosen = context.chosen
    named = chosen.source if context.name != "source" else None
    return bool(named or chosen.country or chosen.language or chosen.unread)


def _path(context: ListContext) -> str:
    if context.name == "source":
        return f"/sources/{context.chosen.source}"
    if context.chosen.tag is not None:
        return f"/tags/{quote(context.chosen.tag)}"
    if context.chosen.owner is not None:
        return f"/owners/{quote(context.chosen.owner)}"
    if context.chosen.section is not None:
        return f"/sections/{context.chosen.section}"
    if context.chosen.topic is not None:
        return f"/topics/{quote(context.chosen.topic)}"
    return _PATHS[context.name]


def _filters(context: ListContext) -> dict[str, str | None]:
    chosen = context.chosen
    return {
        "view": "entries" if offers_stories(context) and not chosen.stories else None,
        "folder": str(chosen.folder) if chosen.folder else None,
        "source": chosen.source,
        "country": chosen.country,
        "lang": chosen.language,
        "unread": "1" if chosen.unread else None,
    }


@lru_cache(maxsize=1024)
def _query(context: ListContext) -> str:
    return urlencode(list_form_fields(context))


# Called by templates.
_TEMPLATE_GLOBALS = (
    current_list_context,
    entry_url,
    is_filtered,
    list_form_fields,
    list_path,
    list_url,
    next_page_url,
    offers_stories,
    owner_url,
    section_url,
    source_url,
    story_url,
    tag_url,
    way_back,
)


def init_app(app: Flask) -> None:
    """Give templates the addresses of lists and entries."""
    app.jinja_env.globals.update({function.__name__: function for function in _TEMPLATE_GLOBALS})
