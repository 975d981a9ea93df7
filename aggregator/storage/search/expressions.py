"""What the index itself can be asked, the same for both databases."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StemPhrase:
    """These stems beside each other, in this order."""

    tokens: tuple[str, ...]
    title_only: bool = False


@dataclass(frozen=True, slots=True)
class ExactPhrase:
    """These folded words beside each other, in this order."""

    tokens: tuple[str, ...]
    title_only: bool = False


@dataclass(frozen=True, slots=True)
class PrefixTerm:
    """A word that begins so, with or without what Arabic writes in front of it.

    Where that is in very many entries, `expansions` has the most frequent of these words and
    `entries` about how many it is in: merging the lists of all of them would take too long.
    """

    token: str
    title_only: bool = False
    expansions: tuple[StemPhrase | ExactPhrase, ...] = ()
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Facet:
    """These tokens of `process.entrywords`, beside each other."""

    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class And:
    """All parts; without any, everything."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part; without any, nothing."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not that part."""

    part: Expression


Term = StemPhrase | ExactPhrase | PrefixTerm
Expression = Term | Facet | And | Or | Not

MATCH_ALL = And(())
MATCH_NONE = Or(())


def conjunction(*parts: Expression) -> Expression:
    """All of `parts`, without needless levels."""
    flat: list[Expression] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else (part,))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def terms_of(expression: Expression) -> list[Term]:
    """The words that speak for an entry, each once."""
    if isinstance(expression, And | Or):
        found = [term for part in expression.parts for term in terms_of(part)]
        return list(dict.fromkeys(found))
    return [expression] if isinstance(expression, StemPhrase | ExactPhrase | PrefixTerm) else []
