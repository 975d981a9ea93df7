"""What stands for a story: its headline, its place in lists, its languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoryMember:
    """An entry of a story, as far as summing it up needs."""

    id: int
    source: int
    language: str
    word_count: int
    at: datetime
    duplicate_of: int | None
    """The entry whose text it has, to the letter."""
    is_reprint: bool

    @property
    def is_duplicate(self) -> bool:
        """Whether the text is another's, to the letter."""
        return self.duplicate_of is not None


def languages_of(members: Sequence[StoryMember]) -> list[str]:
    """The languages of a story, the one with most entries first, then the one that came first."""
    counts = Counter(member.language for member in members)
    return sorted(counts, key=lambda language: -counts[language])


def choose_lead(members: Sequence[StoryMember]) -> StoryMember:
    """The entry with the headline: the fullest text of its own in the language of most.

    A reprint leads only where there is nothing else; `members` in the order of arrival.
    """
    own = [each for each in members if not (each.is_duplicate or each.is_reprint)] or list(members)
    language = languages_of(own)[0]
    fullest = max(
        (each for each in own if each.language == language),
        key=lambda each: (each.word_count, -each.id),
    )
    # Copies are known by what arrived first; the one that was published first has the honour.
    same = [fullest, *(each for each in members if each.duplicate_of == fullest.id)]
    return min(same, key=lambda each: (each.at, each.id))


def choose_listed_member(members: Sequence[StoryMember]) -> StoryMember:
    """The entry at whose place a story stands in lists: the newest that is no copy."""
    firsts = [each for each in members if not each.is_duplicate] or list(members)
    return max(firsts, key=lambda each: (each.at, each.id))
