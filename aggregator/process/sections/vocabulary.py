"""The vocabulary of sections, `vocabulary.toml`, by the stems that articles are compared by."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from aggregator.text.stems import stems
from aggregator.text.tokens import folded_words

# Words within phrases that only link the others: "projet de loi" is compared as two words.
LINKING = frozenset("de du des au aux en le la les l of the".split())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What tells a section, by the stems of one or several words: "loi", "projet de loi"."""

    categories: dict[str, str]
    """Name of a category -> section."""
    words: dict[str, str]
    """Word, or two words in a row -> section."""
    phrase_starts: frozenset[str]
    """The first of two words in a row."""
    home: frozenset[str]
    """Words of Morocco."""


def stem_key(text: str) -> str:
    """The stems of a name, as they are compared: "Actualités" and "l'actualité" are one."""
    folded = folded_words(text)
    return " ".join(word_keys(folded, stems(folded)))


def word_keys(folded: Sequence[str], stemmed: Sequence[str]) -> list[str]:
    """What words are compared by: their stems, unless those are so short that many share them."""
    return [
        stem if len(stem) > 2 else word.removeprefix("ال")
        for word, stem in zip(folded, stemmed, strict=True)
        if word not in LINKING
    ]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read once."""
    file = resources.files("aggregator.process.sections") / "vocabulary.toml"
    tables = tomllib.loads(file.read_text("utf-8"))
    words = _sections_by_key(tables["words"])
    return Vocabulary(
        categories=_sections_by_key(tables["categories"]),
        words=words,
        phrase_starts=frozenset(key.partition(" ")[0] for key in words if " " in key),
        home=frozenset(map(stem_key, _names(tables["home"]["words"]))),
    )


def categories_by_key(names: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Sections by the stems of the categories that an operator added to them."""
    return {stem_key(name): section for section, each in names.items() for name in each}


def _sections_by_key(names: dict[str, str]) -> dict[str, str]:
    return {stem_key(name): section for section, text in names.items() for name in _names(text)}


def _names(text: str) -> list[str]:
    return [name for each in text.split(",") if (name := " ".join(each.split()))]
