"""How the parts of a story stand on its page."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.process.stories.lead import Member, languages_of, lead_of
from aggregator.types import EntrySummary
from web.presentation import by_country

SEVERAL = 2


def languages_beside(told: Sequence[EntrySummary], lead: EntrySummary) -> list[EntrySummary]:
    """The fullest article of each language, the lead for its own; none where there is but one."""
    members = [
        Member(
            entry.id, entry.source.id, entry.language, entry.word_count, entry.published_at,
            entry.duplicate_of, entry.reprint_of is not None,
        )
        for entry in told
    ]  # fmt: skip
    here = {entry.id: entry for entry in told}
    languages = languages_of(members)
    if len(languages) < SEVERAL:
        return []
    others = [language for language in languages if language != lead.language]
    return [
        lead,
        *(
            here[lead_of([each for each in members if each.language == language]).id]
            for language in others
        ),
    ]


def sources_by_place(
    told: Sequence[EntrySummary],
) -> tuple[tuple[str, list[EntrySummary]], ...]:
    """Who told it, each by its first article, under their countries."""
    first: dict[int, EntrySummary] = {}
    for entry in told:
        first.setdefault(entry.source.id, entry)
    return by_country(first.values())
