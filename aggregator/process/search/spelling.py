"""Spelling correction of folded words. Pure."""

from __future__ import annotations

from collections.abc import Mapping

# Shorter words have too many neighbours to correct well.
MIN_LETTERS = 4
MAX_DISTANCE = 2.0

_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويء"
_LATIN = "abcdefghijklmnopqrstuvwxyz"
# Cost of a swap, or of confusing two similar letters; any other edit costs 1.
_CHEAP = 0.5
# Letters that sound or look alike, or share a key.
_SIMILAR = (
    "ضظ", "دذ", "ذز", "تط", "تث", "ثس", "سص", "قك", "قغ", "حه", "حخ", "جح", "بت", "بي", "نت",
    "رز", "سش", "صض", "طظ", "عغ", "فق", "اي", "ءا", "وا", "هت",
    "ao", "ei", "iy", "oe", "sz", "cs", "ck", "qk", "bv", "fv", "mn", "gj", "dt",
)  # fmt: skip
_SIMILAR_PAIRS = frozenset(order for pair in _SIMILAR for order in (pair, pair[::-1]))


def single_edits(word: str) -> set[str]:
    """Return every string one insertion, deletion, replacement or swap away from `word`."""
    letters = _LATIN if word.isascii() else _ARABIC
    splits = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    deletions = {left + right[1:] for left, right in splits if right}
    swaps = {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    replacements = {left + new + right[1:] for left, right in splits if right for new in letters}
    insertions = {left + new + right for left, right in splits for new in letters}
    return (deletions | swaps | replacements | insertions) - {word}


def best_correction(word: str, frequencies: Mapping[str, int]) -> str | None:
    """Pick the likeliest correction, the nearest, then the most frequent; None if none is near.

    `frequencies` has the number of entries of each candidate.
    """
    rated = [
        (distance, -entries, candidate)
        for candidate, entries in frequencies.items()
        if candidate != word and (distance := edit_distance(word, candidate)) <= MAX_DISTANCE
    ]
    return min(rated)[2] if rated else None


def edit_distance(one: str, other: str) -> float:
    """Compute the Damerau-Levenshtein distance; swaps and similar letters cost half.

    Gives up with `MAX_DISTANCE` + 1 once the distance exceeds `MAX_DISTANCE`.
    """
    if abs(len(one) - len(other)) > MAX_DISTANCE:
        return MAX_DISTANCE + 1
    before: list[float] = []
    row = [float(n) for n in range(len(other) + 1)]
    for i, a in enumerate(one, 1):
        before, above, row = row, before, [float(i)]
        for j, b in enumerate(other, 1):
            change = 0.0 if a == b else _CHEAP if a + b in _SIMILAR_PAIRS else 1.0
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + change)
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, above[j - 2] + _CHEAP)
            row.append(best)
        if min(row) > MAX_DISTANCE:
            return MAX_DISTANCE + 1
    return row[-1]
