"""The lists of Arabic words beside the rules of `arabic_stems`, read when first needed.

Each is a file in `data/`. `initials`, `endings` and `feminines` are found by evidence in a large
vocabulary (`benchmarks.stem_evidence`); the same names with `_chosen` are chosen by hand.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

from aggregator.text.normalize import fold_word


class WordLists(NamedTuple):
    """Folded words and stems with a letter of their own that looks like a clitic or an ending."""

    initials: frozenset[str]
    """Their first letter (و ب ل ف ك) is their own."""
    articles: frozenset[str]
    """They begin with ال, which is not the article."""
    endings: frozenset[str]
    """Their last letters (ان ون ين ات and the like) are their own."""
    feminines: frozenset[str]
    """They keep ة: without it they would be another word."""


@cache
def word_lists() -> WordLists:
    """Read all lists."""
    return WordLists(
        _words("initials", "initials_chosen"),
        _words("articles_chosen"),
        _words("endings", "endings_chosen"),
        _words("feminines", "feminines_chosen"),
    )


def word_groups(name: str) -> list[list[str]]:
    """Read a file of words that belong together, a group a line, folded."""
    return [[fold_word(word) for word in line.split()] for line in read_lines(name)]


def _words(*names: str) -> frozenset[str]:
    return frozenset(
        fold_word(word) for name in names for line in read_lines(name) for word in line.split()
    )


def read_lines(name: str) -> list[str]:
    """Read the lines of a file in `data/`, without comments."""
    text = files("aggregator.text").joinpath("data", f"{name}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
