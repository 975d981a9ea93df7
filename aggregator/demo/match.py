"""An invented football match, minute by minute: who scored when, and the score."""

from __future__ import annotations

import random
from dataclasses import dataclass

HALF = 45
# As long as it takes until the same outlet reports again: half-time is reported once.
BREAK = 12
# Minutes from one kick-off to the next.
CYCLE = 2 * HALF + 2 * BREAK


@dataclass(frozen=True, slots=True)
class Team:
    """An invented club; goalkeepers and scorers by their names in both scripts."""

    ar: str
    en: str
    scorers: tuple[tuple[str, str], ...]


HOME = Team(
    "أولمبيك رأس البوغاز",
    "Olympic Ras Boughaz",
    (
        ("حمزة الفيزازي", "Hamza Fizazi"),
        ("بدر العلمي", "Badr Alami"),
        ("إلياس الشنتوف", "Ilyas Chentouf"),
    ),
)
AWAY = Team(
    "شباب تيغرمين",
    "Chabab Tighermine",
    (
        ("عمر أمغار", "Omar Amghar"),
        ("سعيد أوحساين", "Said Ouhssain"),
        ("مهدي بوتزكين", "Mehdi Boutzguin"),
    ),
)


@dataclass(frozen=True, slots=True)
class Goal:
    """Who scored, for whom, in which minute of play."""

    minute: int
    home: bool
    ar: str
    en: str


@dataclass(frozen=True, slots=True)
class MatchState:
    """A match at one moment. `phase` is "first", "break", "second" or "over"."""

    phase: str
    minute: int
    goals: tuple[Goal, ...]

    @property
    def home(self) -> int:
        """Goals of the home team."""
        return sum(goal.home for goal in self.goals)

    @property
    def away(self) -> int:
        """Goals of the visitors."""
        return len(self.goals) - self.home


def state(minutes: int) -> MatchState:
    """The match being played `minutes` after the first kick-off; one follows another."""
    number, passed = divmod(minutes, CYCLE)
    phase, minute = _clock(passed)
    return MatchState(
        phase, minute, tuple(goal for goal in _goals(number) if goal.minute <= minute)
    )


def _clock(passed: int) -> tuple[str, int]:
    if passed < HALF:
        return "first", passed + 1
    if passed < HALF + BREAK:
        return "break", HALF
    if passed < 2 * HALF + BREAK:
        return "second", passed - BREAK + 1
    return "over", 2 * HALF


def _goals(number: int) -> list[Goal]:
    chance = random.Random(f"match {number}")  # noqa: S311 (a game, no secret)
    goals = []
    # One comes early, so that even a short demo shows a score.
    minutes = [chance.randint(3, 20), *chance.sample(range(22, 89), chance.randint(0, 3))]
    for minute in sorted(minutes):
        home = chance.random() < 0.55
        ar, en = chance.choice((HOME if home else AWAY).scorers)
        goals.append(Goal(minute, home, ar, en))
    return goals
