"""Presentation of topics: their names, changes between revisions, reasons of entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from flask import Flask

from aggregator.errors import QueryError
from aggregator.query import parse, print_query
from aggregator.text.direction import detect_direction as text_direction
from aggregator.text.word_diff import DiffSegment, diff_words
from aggregator.types import (
    Direction,
    LocalizedText,
    MatchReason,
    Topic,
    TopicContent,
)
from web.presentation import date_text, language_name
from web.presentation.queries import QUERY_PIECES
from web.request.i18n import LANGUAGES, current_language, direction_of, translate


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that differs between two revisions of a topic."""

    label: str
    pieces: tuple[DiffSegment, ...]
    direction: Direction | Literal["auto"]
    is_query: bool = False


def topic_name(topic: Topic) -> str:
    """A topic's name in the language of the page, else in another that it has."""
    return topic.content.name.get(current_language())


def wording_language(wording: LocalizedText) -> str:
    """The language in which this page shows a wording."""
    return wording.language(current_language())


def topic_changes(before: TopicContent, after: TopicContent) -> tuple[FieldChange, ...]:
    """The fields that differ."""
    pairs = [("topic.slug", before.slug, after.slug)]
    pairs += [
        (f"{key}.{language}", getattr(old, language), getattr(new, language))
        for key, old, new in (
            ("topic.name", before.name, after.name),
            ("topic.about", before.about, after.about),
        )
        for language in LANGUAGES
    ]
    pairs += [
        ("topic.state", _state(before), _state(after)),
    ]
    page: Direction = "rtl" if direction_of(current_language()) == "rtl" else "ltr"
    changes = [
        FieldChange(_label(key), diff_words(old, new), text_direction(new or old, page))
        for key, old, new in pairs
        if old != new
    ]
    if before.rule != after.rule:
        pieces = diff_words(before.rule, after.rule, QUERY_PIECES)
        changes.append(FieldChange(_label("topic.rule"), pieces, "auto", is_query=True))
    return tuple(changes)


def reason_terms(reason: MatchReason) -> tuple[str, ...]:
    """The terms of the rule that an entry matches, in the language of the page."""
    return tuple(map(localized_query, reason.words))


def localized_query(text: str) -> str:
    """A query with keywords in the language of the page; unchanged if it cannot be parsed."""
    return _query_text(text, current_language())


@lru_cache(4096)
def _query_text(text: str, language: str) -> str:
    try:
        return print_query(parse(text), language)
    except QueryError:
        return text


def short_day(day: date) -> str:
    """A day, for charts."""
    return date_text(day, current_language(), year=False)


def max_count(days: Sequence[tuple[date, int]]) -> int:
    """The largest of the counts, at least 1."""
    return max((count for _, count in days), default=0) or 1


def _state(content: TopicContent) -> str:
    return translate(f"topic.state_{content.state}")


def _label(key: str) -> str:
    head, _, language = key.rpartition(".")
    if language in LANGUAGES:
        return translate(
            "topic.in_language", what=translate(head), language=language_name(language, alone=False)
        )
    return translate(key)


# Called by templates.
TEMPLATE_GLOBALS: tuple[Callable[..., object], ...] = (
    topic_changes, max_count, localized_query, reason_terms, short_day, topic_name,
    wording_language,
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Give templates these functions."""
    app.jinja_env.globals.update({function.__name__: function for function in TEMPLATE_GLOBALS})
