"""Find sources and owners by what people call them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from aggregator.text.tokens import folded_words
from aggregator.types import LocalizedName


class Named(Protocol):
    """What has a slug and names."""

    @property
    def slug(self) -> str: ...

    @property
    def name(self) -> LocalizedName: ...


_T = TypeVar("_T", bound=Named)
_Words = tuple[str, ...]


class NameIndex(Generic[_T]):
    """Slugs and folded names: a query may ask for hundreds, all folded once."""

    def __init__(self, things: Iterable[_T]) -> None:
        self._exact: dict[str | _Words, dict[str, _T]] = {}
        self._by_word: dict[str, dict[_Words, list[_T]]] = {}
        for thing in things:
            self._exact.setdefault(thing.slug, {})[thing.slug] = thing
            for name in (thing.name.ar, thing.name.fr, thing.name.en):
                words = tuple(folded_words(name))
                self._exact.setdefault(words, {})[thing.slug] = thing
                for word in words:
                    self._by_word.setdefault(word, {}).setdefault(words, []).append(thing)

    def find(self, name: str) -> list[_T]:
        """Those with this slug or name; failing that, those whose names contain it."""
        slug, words = name.strip().lower(), tuple(folded_words(name))
        exact = self._exact.get(slug, {}) | self._exact.get(words, {})
        if exact or not words:
            return list(exact.values())
        found = {
            thing.slug: thing
            for other, things in self._by_word.get(words[0], {}).items()
            if _contains_run(words, other)
            for thing in things
        }
        return list(found.values())


def _contains_run(words: _Words, name: _Words) -> bool:
    length = len(words)
    return any(name[at : at + length] == words for at in range(len(name) - length + 1))
