"""What is made of words, remembered: newspapers repeat theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

V = TypeVar("V")
_MAX_KEY_LENGTH = 40
"""Characters of what is remembered; what is longer is no word that comes again."""


class BatchCache(Generic[V]):
    """The values that `find` gives for keys; it is asked once for all that are new in a text.

    About twice `most` are kept. What was looked up among the last `most` different keys is still
    known when others have to go: a flood of names never drowns the common words.
    """

    def __init__(self, find: Callable[[Sequence[str]], Iterable[V]], most: int) -> None:
        self._find = find
        self._most = most
        self._known: dict[str, V] = {}
        self._older: dict[str, V] = {}

    def get_many(self, keys: Sequence[str]) -> list[V]:
        """The values of `keys`, in their order."""
        try:
            return list(map(self._known.__getitem__, keys))
        except KeyError:
            return self._fill(keys)

    def _fill(self, keys: Sequence[str]) -> list[V]:
        if len(self._known) > self._most:
            self._older, self._known = self._known, {}
        known, older = self._known, self._older
        unknown = [key for key in set(keys) if key not in known]
        new = [key for key in unknown if key not in older]
        if len(new) < len(unknown):
            known.update({key: older[key] for key in unknown if key in older})
        if new:
            known.update(zip(new, self._find(new), strict=True))
        values = list(map(known.__getitem__, keys))
        for key in new:
            if len(key) > _MAX_KEY_LENGTH:
                del known[key]
        return values
