"""What represents a story: its headline, its position in lists, its languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoryMember:
    """An entry of a story, as its summary needs it."""

    id: int
    source: int
    language: str
    word_count: int
    at: datetime
    duplicate_of: int | None
    """The entry whose exact text it has."""
    is_reprint: bool

    @property
    def is_duplicate(self) -> bool:
        """Whether it has the exact text of another entry."""
        return self.duplicate_of is not None


def languages_of(members: Sequence[StoryMember]) -> list[str]:
    """Return the languages of a story, the most frequent first, then the earliest."""
    counts = Counter(member.language for member in members)
    return sorted(counts, key=lambda language: -counts[language])


def choose_lead(members: Sequence[StoryMember]) -> StoryMember:
    """Choose the entry for the headline: the longest original text in the main language.

    A reprint leads only a story of reprints; `members` in order of arrival.
    """
    own = [each for each in members if not (each.is_duplicate or each.is_reprint)] or list(members)
    language = languages_of(own)[0]
    fullest = max(
        (each for each in own if each.language == language),
        key=lambda each: (each.word_count, -each.id),
    )
    # Duplicates point to what arrived first; lead with the earliest published copy.
    same = [fullest, *(each for each in members if each.duplicate_of == fullest.id)]
    return min(same, key=lambda each: (each.at, each.id))


def choose_listed_member(members: Sequence[StoryMember]) -> StoryMember:
    """Choose the entry whose position in lists a story takes: the newest that is no duplicate."""
    originals = [each for each in members if not each.is_duplicate] or list(members)
    return max(originals, key=lambda each: (each.at, each.id))
