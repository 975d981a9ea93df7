"""Analyze the words of an entry, for search and for stories."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from aggregator.process.analysis.search_document import build_search_document, prepend_summary
from aggregator.process.analysis.story_features import story_features
from aggregator.process.analysis.word_features import analyze_text
from aggregator.process.entries.fingerprint import strip_trailers
from aggregator.process.html.text import sanitized_to_text
from aggregator.process.sections.deciding import section_of_words
from aggregator.process.stories.keys import STORY_WINDOW
from aggregator.types import PreparedEntry


def analyze(
    entry: PreparedEntry, now: datetime, texts: tuple[str, str] | None = None
) -> PreparedEntry:
    """Add the words of `entry`, its section if its publisher tells none, and its story features.

    The latter only if it is recent enough for a story. `texts` are those of its content with and
    without trailers, if they are at hand.
    """
    signed, text = texts or _texts(entry.content)
    head, body = analyze_text(entry.title), analyze_text(prepend_summary(entry.summary, text))
    words = build_search_document(
        head,
        body,
        author=entry.author,
        language=entry.language,
        categories=entry.categories,
        has_image=entry.image_url is not None,
    )
    story = None
    if entry.published_at is None or now - entry.published_at <= STORY_WINDOW:
        story = story_features(entry.title, signed, entry.author, (head, body))
    section = entry.section or section_of_words(head[:2], body[:2])
    return replace(entry, words=words, section=section, story=story)


def _texts(content: str) -> tuple[str, str]:
    signed = sanitized_to_text(content)
    return signed, strip_trailers(signed)
