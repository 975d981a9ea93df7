"""The words of an entry: what search finds it by and what its story is found by."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from aggregator.process.entrywords import with_summary, words_of
from aggregator.process.fingerprint import without_trailers
from aggregator.process.lexicon import read
from aggregator.process.plain import text_of
from aggregator.process.story_terms import WINDOW, story_terms
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
