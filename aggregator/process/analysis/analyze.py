"""The words of an entry: what search finds it by and what its story is found by."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from aggregator.process.analysis.search_document import with_summary, words_of
from aggregator.process.analysis.story_features import WINDOW, story_terms
from aggregator.process.analysis.word_features import read
from aggregator.process.entries.fingerprint import without_trailers
from aggregator.process.html.text import text_of
from aggregator.types import EntryForPoll


def worded(entry: EntryForPoll, now: datetime) -> EntryForPoll:
    """`entry` with its words, and with terms where it is young enough for a story."""
    signed = text_of(entry.content)
    head, body = read(entry.title), read(with_summary(entry.summary, without_trailers(signed)))
    words = words_of(
        head,
        body,
        author=entry.author,
        language=entry.language,
        categories=entry.categories,
        has_image=entry.image_url is not None,
    )
    story = None
    if entry.published_at is None or now - entry.published_at <= WINDOW:
        story = story_terms(entry.title, signed, entry.author, (head, body))
    return replace(entry, words=words, story=story)
