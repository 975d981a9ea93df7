"""How common each term is, in the same room whatever has been read: for the weights of terms."""

from __future__ import annotations

import math
from collections.abc import Iterable

from aggregator.process.packing import pack, unpack

PLACES = 2**16
"""Terms share places: of some ten thousand in use a rare one seldom meets a common one."""
SUPPOSED = 1000
"""Articles that are taken for read at the beginning, when every word still looks rare."""
FORGET_AT = 20_000
"""Articles after which all counts are halved: what was on everybody's lips last month is not."""
_ROOTS = [math.sqrt(count) for count in range(256)]
_LOGS = [math.log(count + 1) for count in range(2**16)]


class Frequencies:
    """Counts of the articles that contain a term, by the last 16 bits of its key."""

    def __init__(self, saved: bytes = b"") -> None:
        numbers = unpack("H", saved) if saved else None
        self.articles = numbers[PLACES] if numbers else 0
        self._counts = numbers[:PLACES].tolist() if numbers else [0] * PLACES

    def count(self, *families: Iterable[int]) -> None:
        """One more article with these terms."""
        counts = self._counts
        for keys in families:
            for key in keys:
                counts[key & 0xFFFF] += 1
        self.articles += 1
        if self.articles >= FORGET_AT:
            self.articles //= 2
            self._counts = [count >> 1 for count in counts]

    def weights(self, keys: Iterable[int], counts: Iterable[int]) -> dict[int, float]:
        """Terms with weights: root of how often x how rare; the squares add up to one."""
        known, total = self._counts, math.log(self.articles + SUPPOSED)
        terms = list(keys)
        weights = [
            _ROOTS[count] * (total - _LOGS[known[key & 0xFFFF]])
            for key, count in zip(terms, counts, strict=True)
        ]
        length = math.hypot(*weights)
        return {
            key: weight / length for key, weight in zip(terms, weights, strict=True) if weight > 0
        }

    def saved(self) -> bytes:
        """For the next process."""
        return pack("H", (*self._counts, self.articles))
