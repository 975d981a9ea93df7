"""Match entries against a topic rule, word by word as written, and explain the matches. Pure.

The same matcher runs in the live preview, when an entry is stored, when a changed rule is
backfilled, and for "why is this here?".
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from aggregator.query.tree import (
    And,
    AnyForm,
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
from aggregator.query.word_forms import match_forms, phrase_starts, surface_forms
from aggregator.text.equivalents import equivalents
from aggregator.text.names import names, printed_names
from aggregator.text.normalize import normalize
from aggregator.text.stems import stem
from aggregator.text.tokens import folded_words, tokenize


def name_key(name: str) -> str:
    """Normalize the name of a source, owner or section for comparison."""
    return " ".join(normalize(name).split())


class IndexedText:
    """The folded words of a text, in order, and all their match forms."""

    def __init__(self, folded: Sequence[str]) -> None:
        self.folded = folded

    @cached_property
    def forms(self) -> frozenset[str]:
        return frozenset().union(*map(match_forms, set(self.folded)))

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The stems of the words, in order; computed only if a rule asks for any form of one."""
        return tuple(map(stem, self.folded))

    @cached_property
    def stem_set(self) -> frozenset[str]:
        return frozenset(self.stems)

    def positions_of(self, printed: Iterable[str]) -> list[int]:
        """List the positions of words that are among `printed`."""
        present = set(printed).intersection(self.folded)
        return [position for position, word in enumerate(self.folded) if word in present]

    @cached_property
    def _sorted_forms(self) -> list[str]:
        return sorted(self.forms)

    def forms_with(self, prefix: str) -> Iterator[str]:
        """Yield the forms with `prefix`, sorted."""
        forms = self._sorted_forms
        for number in range(bisect_left(forms, prefix), len(forms)):
            if not forms[number].startswith(prefix):
                break
            yield forms[number]


@dataclass(frozen=True)
class MatchableEntry:
    """What a rule can ask of an entry."""

    title: IndexedText
    body: IndexedText
    author: IndexedText
    sources: frozenset[str]
    """The `name_key`s of slug and names."""
    owners: frozenset[str]
    """Those of the owner of its source and of all above it."""
    country: str
    language: str
    sections: frozenset[str]
    """The `name_key`s of the feed's section and the entry's categories."""
    published_on: date
    has_image: bool

    @cached_property
    def forms(self) -> frozenset[str]:
        """All match forms of all words in title and body."""
        return self.title.forms | self.body.forms

    @cached_property
    def stems(self) -> frozenset[str]:
        """All stems of the words in title and body."""
        return self.title.stem_set | self.body.stem_set


Predicate = Callable[[MatchableEntry], bool]


def compile_matcher(tree: Tree) -> Predicate:
    """Compile `tree` into a predicate."""
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
    found = term_matcher(tree)
    if isinstance(found, TermMatcher) and found.single_word:
        word = found.single_word
        return lambda entry: word in entry.forms
    return lambda entry: found.matches(entry.title) or found.matches(entry.body)


def _single_words(parts: Sequence[Tree]) -> tuple[frozenset[str], list[Predicate]]:
    """Split parts into words to look up together, and predicates for the rest."""
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
    """List the words and fields that `entry` matches; None if the whole tree does not match."""
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
    """Find the words of `tree` in `text`: (start, end), in order, without overlaps."""
    tokens = tokenize(text)
    indexed = IndexedText([token.folded for token in tokens])
    matched: set[int] = set()
    for term in positive_terms(tree):
        for first, length in term_matcher(term).runs_in(indexed):
            matched.update(range(first, first + length))
    return [(tokens[position].start, tokens[position].end) for position in sorted(matched)]


class AnyFormMatcher:
    """Finds a word in any of its forms, and what stands for it, in texts."""

    def __init__(self, term: AnyForm) -> None:
        words = folded_words(term.text)
        own = tuple(map(stem, words))
        self.runs = tuple(dict.fromkeys((own, *equivalents().of(words)))) if words else ()
        """The runs of stems to find, the term's own first."""
        self.names = tuple(names().of(words))
        """Other names, to find as they are written."""

    def matches(self, text: IndexedText) -> bool:
        """Whether `text` contains the term."""
        return next(self.runs_in(text), None) is not None

    def runs_in(self, text: IndexedText) -> Iterator[tuple[int, int]]:
        """Yield where the term begins, and over how many words it goes."""
        for run in self.runs:
            if not text.stem_set.issuperset(run):
                continue
            for position, found in enumerate(text.stems):
                if found == run[0] and text.stems[position : position + len(run)] == run:
                    yield position, len(run)
        for name in self.names:
            for position in text.positions_of(first for first, *_ in printed_names(name)):
                if tuple(text.folded[position + 1 : position + len(name)]) == name[1:]:
                    yield position, len(name)


class TermMatcher:
    """Finds a word, prefix or phrase in texts."""

    def __init__(self, term: Word | Prefix | Phrase) -> None:
        self.tokens = folded_words(term.text)
        self.exact = isinstance(term, Phrase)
        self.is_prefix = isinstance(term, Prefix)
        self.length = len(self.tokens)
        self.single_word = (
            self.tokens[0] if self.length == 1 and not self.exact and not self.is_prefix else ""
        )

    def matches(self, text: IndexedText) -> bool:
        """Whether `text` contains the term."""
        if self.single_word:
            return self.single_word in text.forms
        if self.is_prefix and self.length == 1:
            return any(text.forms_with(self.tokens[0]))
        return next(self.runs_in(text), None) is not None

    def runs_in(self, text: IndexedText) -> Iterator[tuple[int, int]]:
        """Yield where the term begins, and over how many words it goes."""
        last = self.length - 1
        for position in self._start_positions(text):
            rest = text.folded[position + 1 : position + self.length]
            if len(rest) == last and all(
                word.startswith(token) if self.is_prefix and number == last else word == token
                for number, (word, token) in enumerate(zip(rest, self.tokens[1:], strict=True), 1)
            ):
                yield position, self.length

    def _start_positions(self, text: IndexedText) -> Sequence[int]:
        """The positions of the first word of the term."""
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
        if not self.exact:
            return text.positions_of(surface_forms(first))
        return text.positions_of(phrase_starts(tuple(self.tokens)))


def term_matcher(term: TextNode) -> TermMatcher | AnyFormMatcher:
    """Make the matcher of a term."""
    return AnyFormMatcher(term) if isinstance(term, AnyForm) else TermMatcher(term)


def _field_test(field: Field) -> Predicate:
    value = field.value
    if isinstance(value, TextNode):
        found = term_matcher(value)
        if field.name == "title":
            return lambda entry: found.matches(entry.title)
        return lambda entry: found.matches(entry.author)
    if isinstance(value, date):
        if field.name == "after":
            return lambda entry: entry.published_on >= value
        return lambda entry: entry.published_on < value
    if isinstance(value, RelativeDate):
        return lambda entry: False  # handled as the window in `topic_rule`
    return _name_test(field.name, value)


def _name_test(name: str, value: str) -> Predicate:
    key = name_key(value)
    tests: dict[str, Predicate] = {
        "source": lambda entry: key in entry.sources,
        "owner": lambda entry: key in entry.owners,
        "section": lambda entry: key in entry.sections,
        "country": lambda entry: entry.country == value,
        "lang": lambda entry: entry.language == value,
        "has": lambda entry: entry.has_image,
    }
    return tests.get(name, lambda entry: False)


def _joined(found: Sequence[tuple[Tree, ...] | None]) -> tuple[Tree, ...]:
    return tuple(dict.fromkeys(leaf for part in found for leaf in part or ()))
