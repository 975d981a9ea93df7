"""Baselines on the same entries: the rules that Marsad's method has to beat."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta

from aggregator.process.stories.vocabulary import STOP_WORDS
from aggregator.text.tokens import folded_words, stemmed_words
from benchmarks.stories_data import LabelledEntry

WINDOW = timedelta(days=4)
JACCARD = 0.5
OVERLAP, SHARED_WORDS = 0.6, 3
COSINE = 0.35


def exact_title(entries: Sequence[LabelledEntry]) -> list[int]:
    """The same headline, letter for letter after folding."""
    first: dict[str, int] = {}
    return [first.setdefault(" ".join(folded_words(e.title)), n) for n, e in enumerate(entries)]


def title_jaccard(entries: Sequence[LabelledEntry]) -> list[int]:
    """Half of all words of two headlines in common."""
    words = [frozenset(folded_words(entry.title)) for entry in entries]
    return _united(
        entries,
        lambda one, other: (
            len(words[one] & words[other]) >= JACCARD * len(words[one] | words[other])
        ),
    )


def title_overlap(entries: Sequence[LabelledEntry]) -> list[int]:
    """NewsBlur's rule: of the shorter headline's words 60 %, at least three, are in the other."""
    words = [frozenset(folded_words(entry.title)) - STOP_WORDS for entry in entries]

    def alike(one: int, other: int) -> bool:
        shared = len(words[one] & words[other])
        return shared >= max(SHARED_WORDS, OVERLAP * min(len(words[one]), len(words[other])))

    return _united(entries, alike)


def single_pass(entries: Sequence[LabelledEntry]) -> list[int]:
    """TF-IDF of title and body, each entry to the best story so far (cosine with its middle)."""
    common: Counter[str] = Counter()
    middles: list[dict[str, float]] = []
    latest: list[int] = []
    having: dict[str, list[int]] = defaultdict(list)
    found: list[int] = []
    for number, entry in enumerate(entries):
        counts = Counter(stemmed_words(f"{entry.title} {entry.text}"))
        common.update(counts.keys())
        vector = _unit(
            {
                term: count * math.log((number + 2) / (common[term] + 1) + 1)
                for term, count in counts.items()
            }
        )
        alike: dict[int, float] = defaultdict(float)
        for term, weight in vector.items():
            for place in having[term]:
                alike[place] += weight * middles[place][term]
        near = ((likeness, -place) for place, likeness in alike.items()
                if entry.at - entries[latest[place]].at <= WINDOW)  # fmt: skip
        best, story = max(near, default=(0.0, 0))
        story = -story
        if best < COSINE:
            story = len(middles)
            middles.append({})
            latest.append(number)
        old = middles[story]
        for term in vector.keys() - old.keys():
            having[term].append(story)
        middles[story] = _unit(
            {term: old.get(term, 0) + vector.get(term, 0) for term in old.keys() | vector.keys()}
        )
        latest[story] = number
        found.append(story)
    return found


def _united(entries: Sequence[LabelledEntry], alike: object) -> list[int]:
    """Groups of entries that are similar, directly or transitively, within some days."""
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


BASELINES = {
    "exact title": exact_title,
    "title Jaccard": title_jaccard,
    "NewsBlur's overlap": title_overlap,
    "TF-IDF single pass": single_pass,
}
