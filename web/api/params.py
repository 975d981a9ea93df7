"""The query parameters of the API: anything unknown or wrong is an error, never ignored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from aggregator.query import EVERYTHING, Tree, Word, parse
from aggregator.services.reading.tagging import clean_tag
from aggregator.types import EntryFilter
from aggregator.types.limits import MAX_ID
from web.request import params

MAX_LIMIT = 200
DEFAULT_LIMIT = 50

_ENTRIES = (
    "source", "feed", "tag", "lang", "country", "starred", "unread", "limit", "cursor",
    "collapse", "q", "topic",
)  # fmt: skip
_SEARCH = (*_ENTRIES, "order")


@dataclass(frozen=True, slots=True)
class EntriesRequest:
    """The entries that a program asks for."""

    entry_filter: EntryFilter
    limit: int
    cursor: str | None
    tree: Tree | None  # the parsed query; None for a plain list
    values: Mapping[str, str]  # all parameters as they were given


def parse_entries(arguments: MultiDict[str, str]) -> EntriesRequest:
    """Read the parameters of `GET /entries`. Raises InvalidInput, naming the allowed values."""
    return _parse(require_known(arguments, _ENTRIES))


def parse_search(arguments: MultiDict[str, str]) -> tuple[Tree, EntriesRequest]:
    """Parse the parameters of `GET /search`; the tree is that of `q`.

    Raises InvalidInput, also for a missing `q`, and QueryError.
    """
    listed = _parse(require_known(arguments, _SEARCH))
    if listed.tree is None:
        raise params.invalid_param("q", "a query, in the language of docs/search.md")
    return listed.tree, listed


def reject_unknown_source(chosen: EntryFilter, unknown: Sequence[str]) -> None:
    """Raise InvalidInput if the parameter `source` names an unknown source."""
    if chosen.source in unknown:
        raise params.invalid_param("source", f"there is no source {chosen.source}")


def _parse(values: Mapping[str, str]) -> EntriesRequest:
    tag = values.get("tag")
    query = values.get("q", "")
    if values.get("topic") and query.strip():
        raise params.invalid_param("topic", "cannot be combined with q")
    return EntriesRequest(
        EntryFilter(
            source=params.slug(values),
            feed_id=params.integer(values, "feed", 1, MAX_ID),
            country=params.country(values),
            language=params.language(values),
            tag=clean_tag(tag) if tag is not None else None,
            topic=params.slug(values, "topic"),
            starred=_flag(values, "starred"),
            unread=_flag(values, "unread"),
            duplicates=not _flag(values, "collapse"),
        ),
        params.integer(values, "limit", 1, MAX_LIMIT) or DEFAULT_LIMIT,
        params.cursor(values),
        _query(query) if query.strip() else None,
        values,
    )


def _query(text: str) -> Tree:
    """Parse a query; one without words, which would be no restriction, finds nothing."""
    tree = parse(text)
    return Word(text) if tree == EVERYTHING else tree


def parse_stories(arguments: MultiDict[str, str]) -> EntriesRequest:
    """Read the parameters of `GET /stories`. Raises InvalidInput, naming the allowed values."""
    require_known(arguments, ("source", "lang", "country", "unread", "limit", "cursor"))
    return parse_entries(arguments)


def require_known(arguments: MultiDict[str, str], allowed: tuple[str, ...]) -> Mapping[str, str]:
    """The arguments, each given once and each allowed. Raises InvalidInput."""
    for name in arguments:
        if name not in allowed:
            known = ", ".join(allowed) or "none"
            raise params.invalid_param(name, f"no such parameter; the parameters are: {known}")
        if len(arguments.getlist(name)) > 1:
            raise params.invalid_param(name, "may be given only once")
    return arguments.to_dict()


def _flag(values: Mapping[str, str], name: str) -> bool:
    if values.get(name, "0") not in ("0", "1"):
        raise params.invalid_param(name, '"1" or "0"')
    return values.get(name) == "1"
