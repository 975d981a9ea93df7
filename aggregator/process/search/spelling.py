"""What a word that occurs nowhere may have been meant to be. Words are folded ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MIN_LETTERS = 4
"""Shorter words have too many neighbours to guess well."""
MAX_DISTANCE = 2.0

_ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويء"
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_CHEAP = 0.5
_ALIKE = (
    "ضظ", "دذ", "ذز", "تط", "تث", "ثس", "سص", "قك", "قغ", "حه", "حخ", "جح", "بت", "بي", "نت",
    "رز", "سش", "صض", "طظ", "عغ", "فق", "اي", "ءا", "وا", "هت",
    "ao", "ei", "iy", "oe", "sz", "cs", "ck", "qk", "bv", "fv", "mn", "gj", "dt",
)  # fmt: skip
"""Letters that sound or look alike, or share a place on keyboards."""
_PAIRS = frozenset(pair for each in _ALIKE for pair in (each, each[::-1]))


def single_edits(word: str) -> set[str]:
    """Every word that is one letter more, less, other or swapped away."""
    letters = _LATIN if word.isascii() else _ARABIC
    halves = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    fewer = {left + right[1:] for left, right in halves if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1}
    other = {left + each + right[1:] for left, right in halves if right for each in letters}
    more = {left + each + right for left, right in halves for each in letters}
    return (fewer | swapped | other | more) - {word}


def best_correction(word: str, known: Mapping[str, int] | Iterable[tuple[str, int]]) -> str | None:
    """Of (word, in how many entries) the one that was likely meant: near first, then frequent."""
    pairs = known.items() if isinstance(known, Mapping) else known
    rated = [
        (away, -entries, each)
        for each, entries in pairs
        if each != word and (away := edit_distance(word, each)) <= MAX_DISTANCE
    ]
    return min(rated)[2] if rated else None


def edit_distance(one: str, other: str) -> float:
    """Letters to add, drop, swap or change; letters that are taken for each other count half.

    `MAX_DISTANCE` + 1 for what is certainly further away than that.
    """
    if abs(len(one) - len(other)) > MAX_DISTANCE:
        return MAX_DISTANCE + 1
    before: list[float] = []
    row = [float(n) for n in range(len(other) + 1)]
    for i, a in enumerate(one, 1):
        before, above, row = row, before, [float(i)]
        for j, b in enumerate(other, 1):
            change = 0.0 if a == b else _CHEAP if a + b in _PAIRS else 1.0
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + change)
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, above[j - 2] + _CHEAP)
            row.append(best)
        if min(row) > MAX_DISTANCE:
            return MAX_DISTANCE + 1
    return row[-1]
