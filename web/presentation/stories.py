"""Layout of the page of a story."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.process.stories.lead import StoryMember, choose_lead, languages_of
from aggregator.types import EntrySummary
from web.presentation import by_country

MIN_LANGUAGES = 2


def lead_per_language(entries: Sequence[EntrySummary], lead: EntrySummary) -> list[EntrySummary]:
    """The fullest article of each language, the lead first; empty for a single language."""
    members = [
        StoryMember(
            entry.id, entry.source.id, entry.language, entry.word_count, entry.published_at,
            entry.duplicate_of, entry.reprint_of is not None,
        )
        for entry in entries
    ]  # fmt: skip
    by_id = {entry.id: entry for entry in entries}
    languages = languages_of(members)
    if len(languages) < MIN_LANGUAGES:
        return []
    others = [language for language in languages if language != lead.language]
    return [
        lead,
        *(
            by_id[choose_lead([member for member in members if member.language == language]).id]
            for language in others
        ),
    ]


def sources_by_country(
    entries: Sequence[EntrySummary],
) -> tuple[tuple[str, list[EntrySummary]], ...]:
    """The sources of a story by country, each with its first article."""
    first: dict[int, EntrySummary] = {}
    for entry in entries:
        first.setdefault(entry.source.id, entry)
    return by_country(first.values())
