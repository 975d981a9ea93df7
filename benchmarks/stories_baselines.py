"""What others do, on the same entries: the rules that the method of Marsad has to beat."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from aggregator.process.story_words import SILENT
from aggregator.text.tokens import folded_words, terms
from benchmarks.stories_data import Labelled

WINDOW = timedelta(days=4)
JACCARD = 0.5
OVERLAP, SHARED_WORDS = 0.6, 3
COSINE = 0.35


def exact_title(entries: Sequence[Labelled]) -> list[int]:
    """The same headline, letter for letter after folding."""
    first: dict[str, int] = {}
    return [first.setdefault(" ".join(folded_words(e.title)), n) for n, e in enumerate(entries)]


def title_jaccard(entries: Sequence[Labelled]) -> list[int]:
    """Half of all words of two headlines in common."""
    words = [frozenset(folded_words(entry.title)) for entry in entries]
    return _united(
        entries,
        lambda one, other: (
            len(words[one] & words[other]) >= JACCARD * len(words[one] | words[other])
        ),
    )


def title_overlap(entries: Sequence[Labelled]) -> list[int]:
    """NewsBlur's rule: of the shorter headline's words 60 %, at least three, are in the other."""
    words = [frozenset(folded_words(entry.title)) - SILENT for entry in entries]

    def alike(one: int, other: int) -> bool:
        shared = len(words[one] & words[other])
        return shared >= max(SHARED_WORDS, OVERLAP * min(len(words[one]), len(words[other])))

    return _united(entries, alike)


def single_pass(entries: Sequence[Labelled]) -> list[int]:
    """TF-IDF of title and body, each entry to the best story so far (cosine with its middle)."""
    common: Counter[str] = Counter()
    stories: list[tuple[dict[str, float], int]] = []
    found: list[int] = []
    for number, entry in enumerate(entries):
        counts = Counter(terms(f"{entry.title} {entry.text}"))
        common.update(counts.keys())
        weights = {
            term: count * math.log((number + 2) / (common[term] + 1) + 1)
            for term, count in counts.items()
        }
        vector = _unit(weights)
        best, story = max(
            ((_dot(vector, middle), place) for place, (middle, last) in enumerate(stories)
             if entry.at - entries[last].at <= WINDOW),
            default=(0.0, -1),
        )  # fmt: skip
        if best < COSINE:
            story = len(stories)
            stories.append((vector, number))
        else:
            middle = stories[story][0]
            both = {t: middle.get(t, 0) + vector.get(t, 0) for t in middle.keys() | vector.keys()}
            stories[story] = _unit(both), number
        found.append(story)
    return found


def _united(entries: Sequence[Labelled], alike: object) -> list[int]:
    """Groups of all that are alike directly or through others, within some days."""
    parent = list(range(len(entries)))

    def root(one: int) -> int:
        while parent[one] != one:
            one = parent[one]
        return one

    assert callable(alike)
    for one, entry in enumerate(entries):
        for other in range(one - 1, -1, -1):
            if entry.at - entries[other].at > WINDOW:
                break
            if alike(one, other):
                parent[root(one)] = root(other)
    return [root(one) for one in range(len(entries))]


def _unit(weights: dict[str, float]) -> dict[str, float]:
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {term: weight / length for term, weight in weights.items()}


def _dot(one: dict[str, float], other: dict[str, float]) -> float:
    return sum(weight * other[term] for term, weight in one.items() if term in other)


BASELINES = {
    "exact title": exact_title,
    "title Jaccard": title_jaccard,
    "NewsBlur's overlap": title_overlap,
    "TF-IDF single pass": single_pass,
}
