"""How the parts of a story stand on its page."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.process.story_lead import Member, languages_of, lead_of
from aggregator.types import EntrySummary
from web.presentation import by_country


def languages_beside(told: Sequence[EntrySummary], lead: EntrySummary) -> list[EntrySummary]:
    """The fullest article of each other language; the lead stands above."""
    members = [
        Member(
            entry.id, entry.source.id, entry.language, entry.word_count, entry.published_at,
            entry.duplicate_of, entry.reprint_of is not None,
        )
        for entry in told
    ]  # fmt: skip
    here = {entry.id: entry for entry in told}
    return [
        here[lead_of([each for each in members if each.language == language]).id]
        for language in languages_of(members)
        if language != lead.language
    ]


def sources_by_place(
    told: Sequence[EntrySummary],
) -> tuple[tuple[str, list[EntrySummary]], ...]:
    """Who told it, each by its first article, under their countries."""
    first: dict[int, EntrySummary] = {}
    for entry in told:
        first.setdefault(entry.source.id, entry)
    return by_country(first.values())
