"""The vocabulary of sections, `vocabulary.toml`, by the stems that articles are compared by."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from aggregator.text.stems import stem
from aggregator.text.tokens import folded_words

# All sections, in the order in which the front page shows them unless configured otherwise.
SECTIONS = (
    "politics", "economy", "society", "sport", "culture", "science", "region", "world",
)  # fmt: skip


# Words within phrases that only link the others: "projet de loi" is compared as two words.
LINKING = frozenset("de du des au aux en le la les l of the".split())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What tells a section, by the stems of one or several words: "loi", "projet de loi"."""

    categories: dict[str, str]
    """Name of a category -> section."""
    words: dict[str, str]
    """Word, or two words in a row -> section."""
    home: frozenset[str]


def stem_key(text: str) -> str:
    """The stems of a name, as they are compared: "Actualités" and "l'actualité" are one."""
    return " ".join(word_key(word, stem(word)) for word in folded_words(text) if word not in LINKING)


def word_key(folded: str, stemmed: str) -> str:
    """What a word is compared by: its stem, unless that is so short that many words share it."""
    return stemmed if len(stemmed) > 2 else folded.removeprefix("ال")


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read once."""
    file = resources.files("aggregator.process.sections") / "vocabulary.toml"
    tables = tomllib.loads(file.read_text("utf-8"))
    return Vocabulary(
        categories=_sections_by_key(tables["categories"]),
        words=_sections_by_key(tables["words"]),
        home=frozenset(map(stem_key, _names(tables["home"]["words"]))),
    )


def _sections_by_key(names: dict[str, str]) -> dict[str, str]:
    return {stem_key(name): section for section, text in names.items() for name in _names(text)}


def _names(text: str) -> list[str]:
    return [name for each in text.split(",") if (name := " ".join(each.split()))]
