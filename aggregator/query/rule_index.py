"""Match an entry against many rules: only those it shares a required word with. Pure.

Each rule is indexed by its required terms: every matching entry has at least one of them. Looking
up the few hundred word forms of an entry finds the rules worth evaluating.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aggregator.query.matcher import AnyFormMatcher, MatchableEntry, name_key, term_matcher
from aggregator.query.topic_rule import TopicRule
from aggregator.query.tree import And, Field, Or, TextNode, Tree

_NAMED = ("source", "owner", "section", "country", "lang")
# Sources and languages have so many entries that any word is a better key.
_NAME_COST = 1000


@dataclass(frozen=True, slots=True)
class RequiredTerms:
    """Words, prefixes, stems and names: an entry without any of them cannot match."""

    tokens: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()
    stems: frozenset[str] = frozenset()
    cost: float = 0
    """Roughly how common they are; only the order counts."""


class RuleIndex:
    """Rules by number, indexed by their required terms."""

    def __init__(self, rules: Mapping[int, TopicRule]) -> None:
        self.rules = dict(rules)
        self._always: list[int] = []
        self._by_token: dict[str, list[int]] = defaultdict(list)
        self._by_stem: dict[str, list[int]] = defaultdict(list)
        self._by_prefix: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, rule in self.rules.items():
            self._add(number, required_terms(rule.tree))
        self._by_token.default_factory = None
        self._tokens = frozenset(self._by_token)
        self._stems = frozenset(self._by_stem)

    def matching(self, entry: MatchableEntry) -> list[int]:
        """List the numbers of the rules that match `entry`, in order."""
        if not self.rules:
            return []
        return [
            number
            for number in sorted(self._candidates(entry))
            if self.rules[number].matches(entry)
        ]

    def _add(self, number: int, required: RequiredTerms | None) -> None:
        if required is None:
            self._always.append(number)
            return
        for token in required.tokens:
            self._by_token[token].append(number)
        for stem in required.stems:
            self._by_stem[stem].append(number)
        for prefix in required.prefixes:
            self._by_prefix[len(prefix)][prefix].append(number)

    def _candidates(self, entry: MatchableEntry) -> set[int]:
        found = set(self._always)
        by_token = self._by_token
        for form in self._tokens & entry.forms:
            found.update(by_token[form])
        for stem in self._stems & entry.stems if self._stems else ():
            found.update(self._by_stem[stem])
        for name in _names(entry):
            found.update(by_token.get(name, ()))
        for length, prefixes in self._by_prefix.items():
            for prefix in prefixes.keys() & {form[:length] for form in entry.forms}:
                found.update(prefixes[prefix])
        return found


def _names(entry: MatchableEntry) -> Iterable[str]:
    """The names of an entry as tokens; with a colon, so that no word equals them."""
    yield f"country:{entry.country}"
    yield f"lang:{entry.language}"
    for source in entry.sources:
        yield f"source:{source}"
    for owner in entry.owners:
        yield f"owner:{owner}"
    for section in entry.sections:
        yield f"section:{section}"


def required_terms(tree: Tree) -> RequiredTerms | None:
    """Find terms of which a match has at least one; None if it may have none in particular."""
    if isinstance(tree, And):
        known = [found for part in tree.parts if (found := required_terms(part)) is not None]
        return min(known, key=lambda each: each.cost, default=None)
    if isinstance(tree, Or):
        return _either([required_terms(part) for part in tree.parts])
    if isinstance(tree, TextNode):
        return _of_text(tree)
    if isinstance(tree, Field) and isinstance(tree.value, TextNode):
        return _of_text(tree.value) if tree.name == "title" else None
    if isinstance(tree, Field) and isinstance(tree.value, str) and tree.name in _NAMED:
        name = tree.value if tree.name in ("country", "lang") else name_key(tree.value)
        return RequiredTerms(frozenset((f"{tree.name}:{name}",)), cost=_NAME_COST)
    return None


def _either(parts: list[RequiredTerms | None]) -> RequiredTerms | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    return RequiredTerms(
        frozenset().union(*(part.tokens for part in known)),
        frozenset().union(*(part.prefixes for part in known)),
        frozenset().union(*(part.stems for part in known)),
        sum(part.cost for part in known),
    )


def _of_text(text: TextNode) -> RequiredTerms:
    """Require the longest word: it is likely to be the rarest."""
    finder = term_matcher(text)
    if isinstance(finder, AnyFormMatcher):
        stems = frozenset(max(run, key=len) for run in finder.runs)
        tokens = frozenset(max(name, key=len) for name in finder.names)
        cost = sum(1 / len(each) for each in (*stems, *tokens))
        return RequiredTerms(tokens, stems=stems, cost=cost)
    whole_words = finder.tokens[:-1] if finder.is_prefix else finder.tokens
    if whole_words:
        longest = max(whole_words, key=len)
        return RequiredTerms(frozenset((longest,)), cost=1 / len(longest))
    if not finder.tokens:
        return RequiredTerms()  # no word: matches nothing
    (prefix,) = finder.tokens
    return RequiredTerms(prefixes=frozenset((prefix,)), cost=1)
