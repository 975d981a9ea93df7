"""How the parts of a story stand on its page."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.process.stories.lead import StoryMember, choose_lead, languages_of
from aggregator.types import EntrySummary
from web.presentation import by_country

MIN_LANGUAGES = 2


def lead_per_language(told: Sequence[EntrySummary], lead: EntrySummary) -> list[EntrySummary]:
    """The fullest article of each language, the lead for its own; none where there is but one."""
    members = [
        StoryMember(
            entry.id, entry.source.id, entry.language, entry.word_count, entry.published_at,
            entry.duplicate_of, entry.reprint_of is not None,
        )
        for entry in told
    ]  # fmt: skip
    here = {entry.id: entry for entry in told}
    languages = languages_of(members)
    if len(languages) < MIN_LANGUAGES:
        return []
    others = [language for language in languages if language != lead.language]
    return [
        lead,
        *(
            here[choose_lead([each for each in members if each.language == language]).id]
            for language in others
        ),
    ]


def sources_by_country(
    told: Sequence[EntrySummary],
) -> tuple[tuple[str, list[EntrySummary]], ...]:
    """Who told it, each by its first article, under their countries."""
    first: dict[int, EntrySummary] = {}
    for entry in told:
        first.setdefault(entry.source.id, entry)
    return by_country(first.values())
