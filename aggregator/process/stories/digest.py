"""What lists show of a story, kept as its entries arrive: no list has to read them all.

A digest is a fold over the entries in order of arrival, so adding one entry costs the same in a
story of three and of three hundred.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from datetime import datetime

# Entries whose read state decides whether a card is read: the last to arrive.
MAX_LATEST = 20
# Sources to name: twice as many as a card shows, as its reader may have muted some.
MAX_EARLIEST_SOURCES = 8
MAX_JOIN_TIMES = 12


@dataclass(frozen=True, slots=True)
class StoryMember:
    """An entry of a story, as its digest needs it."""

    id: int
    source: int
    language: str
    word_count: int
    at: datetime
    duplicate_of: int | None
    """The entry whose exact text it has."""
    is_reprint: bool
    agency: str = ""
    section: str = ""
    """Its own section; "" for none."""
    listed_section: str = ""
    """The section that it is listed in."""

    @property
    def is_duplicate(self) -> bool:
        """Whether it has the exact text of another entry."""
        return self.duplicate_of is not None

    @property
    def is_own(self) -> bool:
        """Whether its source wrote it."""
        return not (self.is_duplicate or self.is_reprint)


@dataclass(slots=True)
class LanguageDigest:
    """The entries of a story in one language."""

    entry_count: int
    first_id: int
    own_count: int
    """Entries that are no copies and no reprints."""
    first_own_id: int | None
    fullest_id: int
    """The longest own text; of reprints only, if there is no other."""
    fullest_words: int
    lead_id: int
    """The earliest published copy of the fullest: its headline stands for the story."""
    lead_at: datetime
    shown_id: int
    """The newest entry that is no copy: where the story stands in lists."""
    shown_at: datetime
    shown_is_copy: bool

    @classmethod
    def of(cls, member: StoryMember) -> LanguageDigest:
        """The digest of the first entry in a language."""
        return cls(
            entry_count=1,
            first_id=member.id,
            own_count=int(member.is_own),
            first_own_id=member.id if member.is_own else None,
            fullest_id=member.id,
            fullest_words=member.word_count,
            lead_id=member.id,
            lead_at=member.at,
            shown_id=member.id,
            shown_at=member.at,
            shown_is_copy=member.is_duplicate,
        )

    def add(self, member: StoryMember) -> None:
        """Add an entry that arrived after all others."""
        self.entry_count += 1
        first_own = member.is_own and not self.own_count
        comparable = member.is_own or not self.own_count
        if first_own or (comparable and member.word_count > self.fullest_words):
            self.fullest_id, self.fullest_words = member.id, member.word_count
            self.lead_id, self.lead_at = member.id, member.at
        elif member.duplicate_of == self.fullest_id and member.at < self.lead_at:
            self.lead_id, self.lead_at = member.id, member.at
        if member.is_own:
            self.own_count += 1
            self.first_own_id = self.first_own_id or member.id
        shown = not self.shown_is_copy, self.shown_at, self.shown_id
        if (not member.is_duplicate, member.at, member.id) > shown:
            self.shown_id, self.shown_at = member.id, member.at
            self.shown_is_copy = member.is_duplicate


@dataclass(slots=True)
class SourceDigest:
    """The entries of a story from one source in one language."""

    entry_count: int = 0
    shown_id: int | None = None
    """The newest that is no copy; None if all are copies."""
    shown_at: datetime | None = None

    def add(self, member: StoryMember) -> None:
        """Add an entry."""
        self.entry_count += 1
        if member.is_duplicate:
            return
        if self.shown_at is None or (member.at, member.id) > (self.shown_at, self.shown_id or 0):
            self.shown_id, self.shown_at = member.id, member.at


@dataclass(slots=True)
class StoryDigest:
    """A story of one entry or several."""

    first_at: datetime
    source_count: int = 0
    agency: str = ""
    """The first that an entry names."""
    latest: list[tuple[int, int]] = field(default_factory=list)
    """(entry, source) of the entries that arrived last, the latest at the end."""
    earliest: list[tuple[datetime, int]] = field(default_factory=list)
    """(time, source) of the sources whose first entries were published first."""
    joined: list[datetime] = field(default_factory=list)
    """When the last sources to join published their first entries, the earliest first."""
    sections: dict[str, int] = field(default_factory=dict)
    """The number of entries of each section, without copies."""
    languages: dict[str, LanguageDigest] = field(default_factory=dict)
    sources: dict[tuple[int, str], SourceDigest] = field(default_factory=dict)
    """By source and language; of a stored digest only those of sources that get new entries."""

    def add(self, member: StoryMember) -> None:
        """Add an entry that arrived after all others."""
        self.first_at = min(self.first_at, member.at)
        self.agency = self.agency or member.agency
        if member.section and not member.is_duplicate:
            self.sections[member.section] = self.sections.get(member.section, 0) + 1
        self.latest = [*self.latest, (member.id, member.source)][-MAX_LATEST:]
        if all(source != member.source for source, _ in self.sources):
            self._join(member)
        self.sources.setdefault((member.source, member.language), SourceDigest()).add(member)
        if known := self.languages.get(member.language):
            known.add(member)
        else:
            self.languages[member.language] = LanguageDigest.of(member)

    def _join(self, member: StoryMember) -> None:
        self.source_count += 1
        insort(self.earliest, (member.at, member.source))
        del self.earliest[MAX_EARLIEST_SOURCES:]
        insort(self.joined, member.at)
        del self.joined[:-MAX_JOIN_TIMES]

    @property
    def section(self) -> str:
        """The section of most of its entries, of several the first; "" for none."""
        return max(self.sections, key=self.sections.__getitem__, default="")

    @property
    def newest_id(self) -> int:
        """The entry that arrived last."""
        return self.latest[-1][0]

    @property
    def entry_count(self) -> int:
        """The number of its entries."""
        return sum(each.entry_count for each in self.languages.values())

    @property
    def lead_id(self) -> int:
        """The lead in the language with the most own texts; of reprints only if all are."""
        return max(
            self.languages.values(),
            key=lambda each: (
                each.own_count,
                -(each.first_own_id or 0),
                each.entry_count,
                -each.first_id,
            ),
        ).lead_id

    @property
    def shown(self) -> LanguageDigest:
        """The language whose newest entry gives the story its position in lists."""
        return max(
            self.languages.values(),
            key=lambda each: (not each.shown_is_copy, each.shown_at, each.shown_id),
        )

    @property
    def ordered_languages(self) -> list[str]:
        """Its languages, the most frequent first, then the earliest."""
        digests = self.languages
        return sorted(
            digests, key=lambda code: (-digests[code].entry_count, digests[code].first_id)
        )


def digest_of(members: list[StoryMember]) -> StoryDigest:
    """The digest of all entries of a story, in order of arrival."""
    digest = StoryDigest(members[0].at)
    for member in members:
        digest.add(member)
    return digest
