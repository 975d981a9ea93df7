"""How well groups agree with labelled ones: pairwise and BCubed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """Precision, recall and F1 of one measure."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Their harmonic mean."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs that are together and should be, that are together, that should be."""

    right: int
    together: int
    wanted: int

    @property
    def quality(self) -> Quality:
        """Without any pair nothing is wrong and nothing is missed."""
        return Quality(
            self.right / self.together if self.together else 1.0,
            self.right / self.wanted if self.wanted else 1.0,
        )


def pairwise(gold: Sequence[Hashable], found: Sequence[Hashable]) -> Quality:
    """Of all pairs: how many are together rightly, and how many that should be."""
    return _pairs(gold, found).quality


def within_and_across(
    gold: Sequence[Hashable], found: Sequence[Hashable], kinds: Sequence[Hashable]
) -> tuple[Quality, Quality]:
    """`pairwise` of the pairs of one kind (language), and of those of two."""
    every = _pairs(gold, found)
    same = _pairs(list(zip(gold, kinds, strict=True)), list(zip(found, kinds, strict=True)))
    across = Pairs(
        every.right - same.right, every.together - same.together, every.wanted - same.wanted
    )
    return same.quality, across.quality


def _pairs(gold: Sequence[Hashable], found: Sequence[Hashable]) -> Pairs:
    both = zip(gold, found, strict=True)
    return Pairs(_two_of(both), _two_of(found), _two_of(gold))


def _two_of(groups: Iterable[Hashable]) -> int:
    return sum(size * (size - 1) // 2 for size in Counter(groups).values())


def bcubed(gold: Sequence[Hashable], found: Sequence[Hashable]) -> Quality:
    """For each entry the share of its group that belongs to it; the mean (Bagga, Baldwin)."""
    shared, groups, events = Counter(zip(gold, found, strict=True)), Counter(found), Counter(gold)
    pairs = list(zip(gold, found, strict=True))
    return Quality(
        sum(shared[pair] / groups[pair[1]] for pair in pairs) / len(pairs),
        sum(shared[pair] / events[pair[0]] for pair in pairs) / len(pairs),
    )


def clusters_per_event(gold: Sequence[Hashable], found: Sequence[Hashable]) -> float:
    """Mean number of stories per event; 1 is best."""
    spread: dict[Hashable, set[Hashable]] = defaultdict(set)
    for event, story in zip(gold, found, strict=True):
        spread[event].add(story)
    return sum(map(len, spread.values())) / len(spread)
