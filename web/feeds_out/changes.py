"""What publishers changed as .atom, .rss, .json and .csv."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, request

from aggregator.services.reading import revisions
from aggregator.text.word_diff import DiffSegment
from aggregator.types import ChangeFilter, SeenChange
from web.feeds_out import formats, table
from web.feeds_out.atom import rfc3339
from web.feeds_out.documents import ListFeed, ListFeedEntry, xml_text
from web.feeds_out.lists import NEVER
from web.presentation.changes import change_text, changes_query, text_change, title_change
from web.request.auth import require
from web.request.changes import parse_change_filter, site_zone, today
from web.request.database import read_session, settings
from web.request.i18n import current_language, translate

blueprint = Blueprint("change_feeds", __name__)

# Maximum and default rows of a table.
MAX_ROWS, DEFAULT_ROWS = 1000, 200
COLUMNS = (
    "entry_id", "version", "seen_at", "source", "language", "size", "announced", "title_before",
    "title_after", "removed", "added", "url",
)  # fmt: skip


@formats.feed_route(blueprint, "/changes")
def feed(kind: str) -> Response:
    """The latest changes, or those of a day, narrowed as on `/changes`."""
    require("entry.read")
    found = _changes(formats.limit())
    items = tuple(map(_to_feed_entry, found))
    query = changes_query(_chosen(), today())
    page = f"{settings().base_url}/changes{query}"
    document = ListFeed(
        id=page,
        title=f"{translate('changes.title')} · {translate('site.name')}",
        about=translate("changes.text"),
        language=current_language(),
        page_url=page,
        self_url=formats.self_url(),
        updated_at=_last_modified(found),
        items=items,
    )
    return formats.feed_response(document, kind)


@blueprint.get("/changes.csv")
def rows() -> Response:
    """The same as a table."""
    require("entry.read")
    found = _changes(formats.limit(MAX_ROWS, DEFAULT_ROWS))
    body = table.write_rows(COLUMNS, map(_row, found))
    response = formats.document_response(body, table.CONTENT_TYPE, _last_modified(found))
    response.headers["Content-Disposition"] = 'attachment; filename="changes.csv"'
    return response


def _changes(limit: int) -> tuple[SeenChange, ...]:
    return revisions.list_changes(read_session(), _chosen(), site_zone(), limit=limit).changes


def _chosen() -> ChangeFilter:
    return parse_change_filter(request.args, any_day=True)


def _last_modified(found: tuple[SeenChange, ...]) -> datetime:
    return max((each.seen_at for each in found), default=NEVER).replace(microsecond=0)


def _to_feed_entry(change: SeenChange) -> ListFeedEntry:
    """A change under the address of its comparison; its text has what went in [-…-], {+…+}."""
    entry = change.entry
    page = f"{settings().base_url}/entries/{entry.id}/history"
    before, after = change.number - 1, change.number
    return ListFeedEntry(
        id=f"{page}?before={before}&after={after}",
        url=f"{page}?before={before}&after={after}",
        title=xml_text(change.after.title or entry.title),
        author=xml_text(entry.author),
        source=xml_text(entry.source.name.get(current_language())),
        source_url=f"{settings().base_url}/sources/{entry.source.slug}",
        summary=xml_text("\n".join(filter(None, _lines(change)))),
        html="",
        image_url=None,
        language=entry.language,
        published_at=change.seen_at,
        updated_at=change.seen_at,
        categories=(change.change.size,),
        why="",
    )


def _lines(change: SeenChange) -> tuple[str, ...]:
    title = marked_text(title_change(change)) if change.change.title_changed else ""
    return change_text(change.change.size), title, marked_text(text_change(change))


def marked_text(segments: tuple[DiffSegment, ...]) -> str:
    """Segments as plain text: [-removed-], {+added+}, as `git diff --word-diff` writes them."""
    marks = {"removed": "[-{}-]", "added": "{{+{}+}}", "same": "{}"}
    return "".join(marks[each.kind].format(each.text) for each in segments)


def _row(change: SeenChange) -> tuple[str, ...]:
    entry, segments = change.entry, text_change(change)
    return (
        str(entry.id), str(change.number), rfc3339(change.seen_at), entry.source.slug,
        entry.language, change.change.size, "0" if change.change.silent else "1",
        change.before.title, change.after.title, _only(segments, "removed"),
        _only(segments, "added"), entry.url or "",
    )  # fmt: skip


def _only(segments: tuple[DiffSegment, ...], kind: str) -> str:
    return " … ".join(each.text.strip() for each in segments if each.kind == kind)
