"""What a query says, as frozen values.

Words stand as they were typed, without the punctuation around them; what is the same word is the
business of whoever looks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

FieldName = Literal[
    "source", "country", "lang", "section", "tag", "title", "author", "after", "before", "is", "has"
]
Unit = Literal["d", "w", "m", "y"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word, in the forms in which newspapers print it. May hold an apostrophe or a hyphen."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """All words that begin so."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Exactly these words, in this order."""

    text: str


@dataclass(frozen=True, slots=True)
class Ago:
    """A day counted back from today: `Ago(0, "d")` is today itself."""

    count: int
    unit: Unit


Text = Word | Prefix | Phrase


@dataclass(frozen=True, slots=True)
class Field:
    """What an entry must be, or be found in.

    | name                 | value                                                        |
    |----------------------|--------------------------------------------------------------|
    | title, author        | Word, Prefix or Phrase                                       |
    | source, section, tag | a name or slug as it was typed                               |
    | country, lang        | a code: "MA"; "ar"                                           |
    | after, before        | `date` or Ago: from the start of that day on; before it      |
    | is                   | "unread" or "starred"                                        |
    | has                  | "image"                                                      |
    """

    name: FieldName
    value: str | Text | date | Ago


@dataclass(frozen=True, slots=True)
class Not:
    """What `part` does not match."""

    part: Tree


@dataclass(frozen=True, slots=True)
class All:
    """What every part matches; without parts, everything."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """What at least one part matches; two or more parts, none of them an Any."""

    parts: tuple[Tree, ...]


Tree = All | Any | Not | Field | Text

EVERYTHING = All(())


def all_of(parts: Iterable[Tree]) -> Tree:
    """The parts together, without needless levels."""
    flat: list[Tree] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, All) else (part,))
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def any_of(parts: Iterable[Tree]) -> Tree:
    """The alternatives, without needless levels; at least one is needed."""
    flat: list[Tree] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Any) else (part,))
    return flat[0] if len(flat) == 1 else Any(tuple(flat))


def wanted_texts(tree: Tree) -> Iterator[Text]:
    """The words that speak for an entry (none under a Not), as a highlighter marks them."""
    if isinstance(tree, All | Any):
        for part in tree.parts:
            yield from wanted_texts(part)
    elif isinstance(tree, Word | Prefix | Phrase):
        yield tree
    elif isinstance(tree, Field) and isinstance(tree.value, Word | Prefix | Phrase):
        yield tree.value


def fields_of(tree: Tree) -> Iterator[Field]:
    """Every field anywhere in the tree."""
    if isinstance(tree, All | Any):
        for part in tree.parts:
            yield from fields_of(part)
    elif isinstance(tree, Not):
        yield from fields_of(tree.part)
    elif isinstance(tree, Field):
        yield tree
