"""How well groups agree with those that people made: pairwise and BCubed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
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


def pairwise(
    gold: Sequence[object],
    found: Sequence[object],
    counts: Callable[[int, int], bool] = lambda _one, _other: True,
) -> Quality:
    """Of the pairs that `counts`: how many are together rightly, and how many that should be."""
    both = together = wanted = 0
    for one in range(len(gold)):
        for other in range(one):
            if not counts(one, other):
                continue
            right, put = gold[one] == gold[other], found[one] == found[other]
            both += right and put
            together += put
            wanted += right
    return Quality(both / together if together else 1.0, both / wanted if wanted else 1.0)


def bcubed(gold: Sequence[object], found: Sequence[object]) -> Quality:
    """For each entry the share of its group that belongs to it; the mean (Bagga, Baldwin)."""
    shared, groups, events = Counter(zip(gold, found, strict=True)), Counter(found), Counter(gold)
    pairs = list(zip(gold, found, strict=True))
    return Quality(
        sum(shared[pair] / groups[pair[1]] for pair in pairs) / len(pairs),
        sum(shared[pair] / events[pair[0]] for pair in pairs) / len(pairs),
    )


def clusters_per_event(gold: Sequence[object], found: Sequence[object]) -> float:
    """Over how many stories an event is spread, in the mean; 1 is best."""
    spread: dict[object, set[object]] = defaultdict(set)
    for event, story in zip(gold, found, strict=True):
        spread[event].add(story)
    return sum(map(len, spread.values())) / len(spread)
