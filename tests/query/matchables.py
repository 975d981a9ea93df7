"""Make matchable entries in one line."""

from __future__ import annotations

from datetime import date
from typing import Any

from aggregator.query.matcher import IndexedText, MatchableEntry, name_key
from aggregator.text.tokens import folded_words


def a_matchable(
    title: str = "", text: str = "", *, source: str = "hespress", **values: Any
) -> MatchableEntry:
    """An entry of Hespress, in Arabic, of 2 November 2026."""
    return MatchableEntry(
        title=IndexedText(folded_words(title)),
        body=IndexedText(folded_words(text)),
        author=IndexedText(folded_words(values.get("author", ""))),
        sources=frozenset((name_key(source), name_key("هسبريس"))),
        owners=frozenset(map(name_key, values.get("owners", ()))),
        country=values.get("country", "MA"),
        language=values.get("language", "ar"),
        sections=frozenset(map(name_key, values.get("sections", ()))),
        published_on=values.get("published_on", date(2026, 11, 2)),
        has_image=values.get("has_image", False),
    )
