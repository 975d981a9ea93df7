"""The stories of a large newsroom: which of its entries tell of the same event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from random import Random

from benchmarks.readers_rows import Row, section

# Entries of a story that is not a large one, and in how many of a hundred stories.
_SIZES = {1: 70.0, 2: 15.0, 3: 7.0, 5: 4.0, 8: 2.0, 12: 1.0, 20: 0.8, 60: 0.2}
LARGE = 300
# Entries from one large story to the next: at 2,700 entries a day, four or five a week.
_LARGE_EVERY = 4000
# Mean number of other entries between two of a story: one of 300 takes about two days.
_GAP = 18
REPRINTED = 0.25
FROM_AGENCY = 0.12
_AGENCIES = ("MAP", "AFP", "Reuters", "APS")
# Earlier entries of its story among which the original of a reprint is drawn.
_ORIGINALS = 20


def memberships(entries: Iterable[tuple[int, str, int | None]], seed: int) -> Iterator[Row]:
    """entry_id, story_id, reprint_of, agency, folded, section of every entry in a story.

    `entries`: id, language and duplicate_of, in order of arrival. An entry alone has no row, as in
    a database that a poller filled; a duplicate is in the story of its original.
    """
    events = _Events(Random(f"stories {seed}"))
    for id_, language, original in entries:
        story = events.story_of(id_, original)
        if story == id_:
            events.tell(id_, story, language)
            continue
        if story not in events.written:
            events.written.add(story)
            yield story, story, None, events.agency(), False, section(story)
        reprinted = original or events.reprinted(story, language)
        yield id_, story, reprinted, events.agency(), False, section(original or id_)
        if original is None:
            events.tell(id_, story, language)


class _Events:
    """What has happened so far, and when more of it will be told."""

    def __init__(self, random: Random) -> None:
        self.written: set[int] = set()
        """Stories with rows."""
        self._random = random
        self._due: list[tuple[int, int]] = []
        self._next_large = _LARGE_EVERY
        self._story_of: dict[int, int] = {}
        self._told: dict[int, list[tuple[int, str]]] = {}

    def story_of(self, id_: int, original: int | None) -> int:
        """The story of an arriving entry: its original's, one that is due, or a new one."""
        if original is not None:
            return self._story_of.get(original, original)
        if self._due and self._due[0][0] <= id_:
            return heappop(self._due)[1]
        at = float(id_)
        for _ in range(self._size(id_) - 1):
            at += 1 + self._random.expovariate(1 / _GAP)
            heappush(self._due, (round(at), id_))
        return id_

    def tell(self, id_: int, story: int, language: str) -> None:
        """Remember an entry, for later ones to copy."""
        self._story_of[id_] = story
        self._told.setdefault(story, []).append((id_, language))

    def reprinted(self, story: int, language: str) -> int | None:
        """The original of an entry that is a reprint."""
        if self._random.random() > REPRINTED:
            return None
        latest = self._told.get(story, [])[-_ORIGINALS:]
        alike = [id_ for id_, its_language in latest if its_language == language]
        return self._random.choice(alike) if alike else None

    def agency(self) -> str:
        """The agency that an entry names; "" for most."""
        return self._random.choice(_AGENCIES) if self._random.random() < FROM_AGENCY else ""

    def _size(self, id_: int) -> int:
        if id_ >= self._next_large:
            self._next_large += _LARGE_EVERY
            return LARGE
        return self._random.choices(list(_SIZES), list(_SIZES.values()))[0]
