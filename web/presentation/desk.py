"""How topics look to editors and readers: their names, what changed, why an entry is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from flask import Flask, current_app
from markupsafe import Markup

from aggregator.errors import QueryError
from aggregator.query import parse, print_query
from aggregator.text.direction import detect_direction as text_direction
from aggregator.text.word_diff import DiffSegment, diff_words
from aggregator.types import (
    Direction,
    EntrySummary,
    LocalizedText,
    MatchReason,
    Topic,
    TopicContent,
)
from web.presentation import date_text, language_name
from web.request.i18n import LANGUAGES, current_language, direction_of, translate

_IN_TOPIC = Markup('<div class="in-topic">{}{}</div>')
_MAX_CACHED_REASONS = 4096
"""Reasons; then all are rendered anew."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing that differs between two versions of a topic."""

    label: str
    pieces: tuple[DiffSegment, ...]
    direction: Direction


def topic_name(topic: Topic) -> str:
    """A topic's name in the language of the page, else in one that it has."""
    return topic.content.name.get(current_language())


def wording_language(wording: LocalizedText) -> str:
    """The language of the text that this page shows of a wording."""
    return wording.language(current_language())


def topic_changes(before: TopicContent, after: TopicContent) -> tuple[FieldChange, ...]:
    """What differs, field by field."""
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
        ("topic.rule", before.rule, after.rule),
        ("topic.state", _state(before), _state(after)),
    ]
    page: Direction = "rtl" if direction_of(current_language()) == "rtl" else "ltr"
    return tuple(
        FieldChange(_label(key), diff_words(old, new), text_direction(new or old, page))
        for key, old, new in pairs
        if old != new
    )


def reason_terms(reason: MatchReason) -> tuple[str, ...]:
    """The pieces of the rule that speak for an entry, in the words of the page's language."""
    return tuple(map(localized_query, reason.words))


def reason_block(reason: MatchReason | None) -> Markup:
    """Why an entry is in a topic, to be opened under its card; a page has fifty, mostly alike."""
    if reason is None:
        return Markup()
    kept: dict[tuple[MatchReason, str], Markup] = current_app.extensions["marsad_reasons"]
    key = reason, current_language()
    if key not in kept:
        if len(kept) >= _MAX_CACHED_REASONS:
            kept.clear()
        kept[key] = current_app.jinja_env.get_template("macros/why.html").module.block(reason)  # type: ignore[attr-defined]  # a macro
    return kept[key]


def cards_with_reasons(
    cards: Iterable[Markup], entries: Iterable[EntrySummary], reasons: Mapping[int, MatchReason]
) -> Markup:
    """Cards of a topic, each with why it is there."""
    return Markup("\n").join(
        _IN_TOPIC.format(card, reason_block(reasons.get(entry.id)))
        for card, entry in zip(cards, entries, strict=True)
    )


def localized_query(text: str) -> str:
    """A query in the words of the page's language; as it is where it cannot be read."""
    return _query_text(text, current_language())


@lru_cache(4096)
def _query_text(text: str, language: str) -> str:
    try:
        return print_query(parse(text), language)
    except QueryError:
        return text


def short_day(day: date) -> str:
    """A day as charts have it."""
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


TEMPLATE_GLOBALS: tuple[Callable[..., object], ...] = (
    topic_changes, max_count, localized_query, reason_terms, short_day, topic_name, reason_block,
    cards_with_reasons, wording_language,
)  # fmt: skip
"""What templates call."""


def init_app(app: Flask) -> None:
    """Give templates these functions."""
    app.extensions["marsad_reasons"] = {}
    app.jinja_env.globals.update({each.__name__: each for each in TEMPLATE_GLOBALS})
