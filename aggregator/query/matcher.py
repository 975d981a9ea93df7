"""Whether an entry answers to a query, word by word as written; what speaks for it, and where.

The matcher of topics: the same one runs in the live preview, when an entry is stored, when a
changed rule is filled in, and for "why is this here?". Pure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from aggregator.query.tree import (
    And,
    Field,
    Not,
    Or,
    Phrase,
    Prefix,
    RelativeDate,
    TextNode,
    Tree,
    Word,
    positive_terms,
)
from aggregator.query.word_forms import match_forms, surface_forms
from aggregator.text.normalize import normalize
from aggregator.text.tokens import folded_words, tokenize


def name_key(name: str) -> str:
    """A name of a source or section as names are compared."""
    return " ".join(normalize(name).split())


class IndexedText:
    """The folded words of a text in order, and all forms that they answer to."""

    def __init__(self, folded: Sequence[str]) -> None:
        self.folded = folded

    @cached_property
    def forms(self) -> frozenset[str]:
        return frozenset().union(*map(match_forms, set(self.folded)))

    def positions_of(self, printed: Iterable[str]) -> list[int]:
        """The numbers of the words that are one of `printed`."""
        wanted = set(printed).intersection(self.folded)
        return [place for place, word in enumerate(self.folded) if word in wanted]

    @cached_property
    def _sorted_forms(self) -> list[str]:
        return sorted(self.forms)

    def forms_with(self, prefix: str) -> Iterator[str]:
        """The forms that begin so."""
        forms = self._sorted_forms
        for number in range(bisect_left(forms, prefix), len(forms)):
            if not forms[number].startswith(prefix):
                break
            yield forms[number]


@dataclass(frozen=True)
class MatchableEntry:
    """An entry, as far as a rule may ask."""

    title: IndexedText
    body: IndexedText
    author: IndexedText
    sources: frozenset[str]
    """`name_key`s of slug and names."""
    country: str
    language: str
    sections: frozenset[str]
    """`name_key`s of the feed's section and the entry's categories."""
    published_on: date
    has_image: bool

    @cached_property
    def forms(self) -> frozenset[str]:
        """All forms of all words of title and body."""
        return self.title.forms | self.body.forms


Predicate = Callable[[MatchableEntry], bool]


def compile_matcher(tree: Tree) -> Predicate:
    """`tree` made ready to be asked often."""
    if isinstance(tree, And):
        words, rest = _single_words(tree.parts)
        return _all_of(words, rest)
    if isinstance(tree, Or):
        words, rest = _single_words(tree.parts)
        return _any_of(words, rest)
    if isinstance(tree, Not):
        part = compile_matcher(tree.part)
        return lambda entry: not part(entry)
    if isinstance(tree, Field):
        return _field_test(tree)
    found = TermMatcher(tree)
    if found.single_word:
        return lambda entry: found.single_word in entry.forms
    return lambda entry: found.matches(entry.title) or found.matches(entry.body)


def _single_words(parts: Sequence[Tree]) -> tuple[frozenset[str], list[Predicate]]:
    """The words that are looked up among all forms of an entry at once; tests of the others."""
    words, rest = set(), []
    for part in parts:
        alone = TermMatcher(part).single_word if isinstance(part, Word) else ""
        if alone:
            words.add(alone)
        else:
            rest.append(compile_matcher(part))
    return frozenset(words), rest


def _all_of(words: frozenset[str], rest: Sequence[Predicate]) -> Predicate:
    if not rest:
        return lambda entry: words <= entry.forms
    if len(rest) == 1:
        (only,) = rest
        return lambda entry: words <= entry.forms and only(entry)
    return lambda entry: words <= entry.forms and all(part(entry) for part in rest)


def _any_of(words: frozenset[str], rest: Sequence[Predicate]) -> Predicate:
    if not rest:
        return lambda entry: not words.isdisjoint(entry.forms)
    return lambda entry: not words.isdisjoint(entry.forms) or any(part(entry) for part in rest)


def explain(tree: Tree, entry: MatchableEntry) -> tuple[Tree, ...] | None:
    """The words and fields that speak for `entry`; None where the tree does not match it."""
    if isinstance(tree, And):
        found = [explain(part, entry) for part in tree.parts]
        return None if None in found else _joined(found)
    if isinstance(tree, Or):
        found = [explain(part, entry) for part in tree.parts]
        return _joined(found) if any(each is not None for each in found) else None
    if isinstance(tree, Not):
        return () if explain(tree.part, entry) is None else None
    return (tree,) if compile_matcher(tree)(entry) else None


def match_spans(tree: Tree, text: str) -> list[tuple[int, int]]:
    """Where words of `tree` stand in `text`: (start, end), in order, none within another."""
    finders = [TermMatcher(wanted) for wanted in positive_terms(tree)]
    found = tokenize(text)
    folded = IndexedText([word.folded for word in found])
    marked: set[int] = set()
    for finder in finders:
        for first in finder.positions(folded):
            marked.update(range(first, first + finder.length))
    return [(found[place].start, found[place].end) for place in sorted(marked)]


class TermMatcher:
    """Looks for a word, the beginning of one, or a phrase."""

    def __init__(self, wanted: TextNode) -> None:
        self.tokens = folded_words(wanted.text)
        self.exact = isinstance(wanted, Phrase)
        self.is_prefix = isinstance(wanted, Prefix)
        self.length = len(self.tokens)
        self.single_word = (
            self.tokens[0] if self.length == 1 and not self.exact and not self.is_prefix else ""
        )

    def matches(self, text: IndexedText) -> bool:
        """Whether it is anywhere in `text`."""
        if self.single_word:
            return self.single_word in text.forms
        if self.is_prefix and self.length == 1:
            return any(text.forms_with(self.tokens[0]))
        return next(self.positions(text), None) is not None

    def positions(self, text: IndexedText) -> Iterator[int]:
        """The numbers of the words with which it begins."""
        last = self.length - 1
        for place in self._start_positions(text):
            rest = text.folded[place + 1 : place + self.length]
            if len(rest) == last and all(
                word.startswith(token) if self.is_prefix and number == last else word == token
                for number, (word, token) in enumerate(zip(rest, self.tokens[1:], strict=True), 1)
            ):
                yield place

    def _start_positions(self, text: IndexedText) -> Sequence[int]:
        """Where the first of its words is."""
        if not self.tokens:
            return ()
        first = self.tokens[0]
        if self.is_prefix and self.length == 1:
            forms = set(text.forms_with(first))
            return text.positions_of(
                word for word in text.folded if forms.intersection(match_forms(word))
            )
        if first not in text.forms:
            return ()
        return text.positions_of((first,) if self.exact else surface_forms(first))


def _field_test(field: Field) -> Predicate:
    value = field.value
    if isinstance(value, Word | Prefix | Phrase):
        found = TermMatcher(value)
        if field.name == "title":
            return lambda entry: found.matches(entry.title)
        return lambda entry: found.matches(entry.author)
    if isinstance(value, date):
        if field.name == "after":
            return lambda entry: entry.published_on >= value
        return lambda entry: entry.published_on < value
    if isinstance(value, RelativeDate):
        return lambda entry: False  # of a moving day `query.rules` knows more
    return _name_test(field.name, value)


def _name_test(name: str, value: str) -> Predicate:
    key = name_key(value)
    tests: dict[str, Predicate] = {
        "source": lambda entry: key in entry.sources,
        "section": lambda entry: key in entry.sections,
        "country": lambda entry: entry.country == value,
        "lang": lambda entry: entry.language == value,
        "has": lambda entry: entry.has_image,
    }
    return tests.get(name, lambda entry: False)


def _joined(found: Sequence[tuple[Tree, ...] | None]) -> tuple[Tree, ...]:
    return tuple(dict.fromkeys(leaf for part in found for leaf in part or ()))
