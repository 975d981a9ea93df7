"""A cache for what is computed from words: newspapers repeat theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

V = TypeVar("V")
# Maximum characters of a cached key; a longer one is not a word that recurs.
_MAX_KEY_LENGTH = 40


class BatchCache(Generic[V]):
    """Caches values by key; `compute` is called once per batch, for all missing keys.

    Holds about twice `most` values. A key among the last `most` different ones stays when others
    are evicted, so a flood of names does not evict the common words.
    """

    def __init__(self, compute: Callable[[Sequence[str]], Iterable[V]], most: int) -> None:
        self._compute = compute
        self._most = most
        self._known: dict[str, V] = {}
        self._older: dict[str, V] = {}

    def get_many(self, keys: Sequence[str]) -> list[V]:
        """Return the values of `keys`, in their order."""
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
            known.update(zip(new, self._compute(new), strict=True))
        values = list(map(known.__getitem__, keys))
        for key in new:
            if len(key) > _MAX_KEY_LENGTH:
                del known[key]
        return values
