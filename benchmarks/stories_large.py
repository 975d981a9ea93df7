"""A large event as agencies and ministries carry it on: generated, with labels.

An attack is reported; for three days states condemn it, the inquiry proceeds, victims are buried.
Every report of it repeats the attack, and each turn also the words of the turn before: the chain
by which a story swallows what follows. Around it is the other news of those days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from benchmarks.stories_data import STARTED_AT, LabelledEntry
from benchmarks.vocabulary import Writer

TURNS, REPORTS_PER_TURN = 40, 15
OTHER_NEWS = 1500
DURATION, TURN_LASTS = timedelta(days=3), timedelta(hours=8)
SOURCES = 24
TITLE_WORDS, SENTENCES, SENTENCE_WORDS = 9, 8, 14
# Of the words of a report: about the attack, about the turn; the rest are any. Chosen so that the
# rules before this set made one story of 412, as they had made one of 519 real articles.
ATTACK_SHARE, TURN_SHARE = 0.3, 0.25
ATTACK_WORDS, TURN_WORDS = 16, 20
# Words that a turn has from the turn before.
CARRIED_ON = 8


def large_event(seed: str = "large event") -> list[LabelledEntry]:
    """Return 600 reports of 40 turns of one event and 1,500 other articles, the earliest first."""
    writer, chance = Writer(seed), Random(seed)
    attack, turn = writer.phrase(ATTACK_WORDS).split(), writer.phrase(TURN_WORDS).split()
    found = []
    for number in range(TURNS):
        turn = turn[:CARRIED_ON] + writer.phrase(TURN_WORDS - CARRIED_ON).split()
        chance.shuffle(turn)
        reports = _Reports(writer, chance, attack, turn)
        begins = STARTED_AT + DURATION * number / TURNS
        found += [
            reports.write(begins + TURN_LASTS * chance.random(), f"turn-{number}")
            for _ in range(REPORTS_PER_TURN)
        ]
    others = _Reports(writer, chance, [], [])
    found += [
        others.write(STARTED_AT + DURATION * chance.random(), f"other-{number}")
        for number in range(OTHER_NEWS)
    ]
    return sorted(found, key=lambda entry: entry.at)


@dataclass(frozen=True)
class _Reports:
    """Writes reports with words of the attack and of one of its turns."""

    writer: Writer
    chance: Random
    attack: list[str]
    turn: list[str]

    def write(self, at: datetime, event: str) -> LabelledEntry:
        """One more report."""
        title = self._words(TITLE_WORDS)
        body = ". ".join(self._words(SENTENCE_WORDS) for _ in range(SENTENCES))
        source = f"source-{self.chance.randrange(SOURCES)}"
        return LabelledEntry(title, body, source, "ar", at, event)

    def _words(self, count: int) -> str:
        return " ".join(self._word() for _ in range(count))

    def _word(self) -> str:
        drawn = self.chance.random()
        if self.attack and drawn < ATTACK_SHARE:
            return self.chance.choice(self.attack)
        if self.turn and drawn < ATTACK_SHARE + TURN_SHARE:
            return self.chance.choice(self.turn)
        return self.writer.phrase(1)
