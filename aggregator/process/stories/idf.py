"""Document frequencies of terms, in fixed space, for their weights."""

from __future__ import annotations

import math
from array import array

from aggregator.keys import pack, unpack

# Terms share buckets: of some ten thousand in use, a rare one seldom meets a common one.
BUCKETS = 2**16
# Articles assumed to have been read at the start, when every word still looks rare.
PRIOR_ARTICLES = 1000
# Halve all counts after this many articles, so that last month's news fades.
HALVE_AT = 20_000
_ROOTS = [math.sqrt(count) for count in range(256)]
_LOGS = [math.log(count + 1) for count in range(2**16)]


class DocumentFrequencies:
    """Counts of the articles that contain a term, by the last 16 bits of its key."""

    def __init__(self, saved: bytes = b"") -> None:
        self._counts = unpack("H", saved) if saved else array("H", bytes(2 * BUCKETS + 2))
        """The last one counts all articles."""

    @property
    def articles(self) -> int:
        """Number of articles counted, halved with the rest."""
        return self._counts[BUCKETS]

    def count(self, *families: bytes) -> None:
        """Count an article with these terms: packed keys of 32 bits."""
        counts = self._counts
        for place in {BUCKETS}.union(*map(_bucket_numbers, families)):
            counts[place] += 1
        if self.articles >= HALVE_AT:
            self._counts = array("H", [count >> 1 for count in counts])

    def weights(self, keys: bytes, counts: bytes) -> dict[int, float]:
        """Return the weights of terms, root of count x rarity, normalized to length one.

        `keys` are packed, of 32 bits; `counts` has a byte for each.
        """
        total = math.log(self.articles + PRIOR_ARTICLES)
        common = map(_LOGS.__getitem__, map(self._counts.__getitem__, _bucket_numbers(keys)))
        weights = [
            root * (total - log)
            for root, log in zip(map(_ROOTS.__getitem__, counts), common, strict=True)
        ]
        scale = 1 / (math.hypot(*weights) or 1.0)
        return dict(zip(unpack("I", keys), [weight * scale for weight in weights], strict=True))

    def saved(self) -> bytes:
        """Return the counts for the next process."""
        return pack("H", self._counts)


def _bucket_numbers(keys: bytes) -> array[int]:
    """Low 16 bits of each packed key: the first two of its four bytes, as stored."""
    return unpack("H", keys)[::2]
