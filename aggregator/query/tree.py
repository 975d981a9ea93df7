"""The syntax tree of a query, as frozen values.

Words are as typed, without surrounding punctuation; folding and stemming are left to the consumer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

FieldName = Literal[
    "source", "owner", "country", "lang", "section", "tag", "title", "author", "after", "before",
    "is", "has",
]  # fmt: skip
Unit = Literal["d", "w", "m", "y"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word: in any of its forms in a search, as written in a topic rule.

    May contain an apostrophe or a hyphen.
    """

    text: str


@dataclass(frozen=True, slots=True)
class AnyForm:
    """A word in any of its forms, or what stands for it, even in a topic rule."""

    text: str


@dataclass(frozen=True, slots=True)
class Prefix:
    """All words with this prefix."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Exactly these words, in this order."""

    text: str


@dataclass(frozen=True, slots=True)
class RelativeDate:
    """A day counted back from today: `RelativeDate(0, "d")` is today itself."""

    count: int
    unit: Unit


TextNode = Word | AnyForm | Prefix | Phrase


@dataclass(frozen=True, slots=True)
class Field:
    """A restriction to a field of the entry.

    | name                 | value                                                        |
    |----------------------|--------------------------------------------------------------|
    | title, author        | Word, AnyForm, Prefix or Phrase                              |
    | source, owner        | a name or slug as typed                                      |
    | section, tag         | a name as typed                                              |
    | country, lang        | a code: "MA"; "ar"                                           |
    | after, before        | date or RelativeDate: from the start of that day; before it  |
    | is                   | "unread" or "starred"                                        |
    | has                  | "image"                                                      |
    """

    name: FieldName
    value: str | TextNode | date | RelativeDate


@dataclass(frozen=True, slots=True)
class Not:
    """Everything that `part` does not match."""

    part: Tree


@dataclass(frozen=True, slots=True)
class And:
    """Everything that all parts match; without parts, everything."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Everything that at least one part matches; two or more parts, none of them an Or."""

    parts: tuple[Tree, ...]


Tree = And | Or | Not | Field | TextNode

EVERYTHING = And(())


def all_of(parts: Iterable[Tree]) -> Tree:
    """Join parts by AND, flattening nested ones."""
    flat: list[Tree] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else (part,))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(parts: Iterable[Tree]) -> Tree:
    """Join one or more parts by OR, flattening nested ones."""
    flat: list[Tree] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Or) else (part,))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def positive_terms(tree: Tree) -> Iterator[TextNode]:
    """Yield the words not under a Not: those to highlight in a match."""
    if isinstance(tree, And | Or):
        for part in tree.parts:
            yield from positive_terms(part)
    elif isinstance(tree, TextNode):
        yield tree
    elif isinstance(tree, Field) and isinstance(tree.value, TextNode):
        yield tree.value


def is_wordless(tree: Tree) -> bool:
    """Whether the tree is a single term, or nothing, without a letter or a digit."""
    if isinstance(tree, TextNode):
        return not any(char.isalnum() for char in tree.text)
    return tree == EVERYTHING


def iter_fields(tree: Tree) -> Iterator[Field]:
    """Yield every field anywhere in the tree."""
    if isinstance(tree, And | Or):
        for part in tree.parts:
            yield from iter_fields(part)
    elif isinstance(tree, Not):
        yield from iter_fields(tree.part)
    elif isinstance(tree, Field):
        yield tree
