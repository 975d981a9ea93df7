"""Boolean expressions over the index, the same for both databases."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StemPhrase:
    """These stems next to each other, in this order."""

    tokens: tuple[str, ...]
    title_only: bool = False
    former: bool = False
    """Stems of the version before, for what is not renewed yet: not to be highlighted."""


@dataclass(frozen=True, slots=True)
class ExactPhrase:
    """These folded words next to each other, in this order."""

    tokens: tuple[str, ...]
    title_only: bool = False
    pairs: tuple[str, ...] = ()
    """Facets that all documents with the phrase have, on PostgreSQL: see `word_pairs`."""


@dataclass(frozen=True, slots=True)
class PrefixTerm:
    """A word with this prefix, possibly behind Arabic proclitics.

    Merging the lists of every word with a common prefix would take too long, so such a prefix has
    `expansions`, its most frequent words, and `entries`, roughly how many entries match it.
    """

    token: str
    title_only: bool = False
    expansions: tuple[StemPhrase | ExactPhrase, ...] = ()
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Facet:
    """These tokens of `process.analysis.search_document`, next to each other."""

    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class And:
    """All parts; without parts, everything."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part; without parts, nothing."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but `part`."""

    part: Expression


Term = StemPhrase | ExactPhrase | PrefixTerm
Expression = Term | Facet | And | Or | Not

MATCH_ALL = And(())
MATCH_NONE = Or(())


def conjunction(*parts: Expression) -> Expression:
    """Join parts by AND, flattening nested ones."""
    flat: list[Expression] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else (part,))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def terms_of(expression: Expression) -> list[Term]:
    """List the terms not under a Not, without repetition."""
    if isinstance(expression, And | Or):
        found = [term for part in expression.parts for term in terms_of(part)]
        return list(dict.fromkeys(found))
    return [expression] if isinstance(expression, Term) else []
