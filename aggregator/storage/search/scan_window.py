"""How far back PostgreSQL looks at first, by what that costs.

A GIN index brings all documents of a word in no order, each to be fetched. Asked for the words and
for the last days, it brings those of these days, but has to merge the lists of the days. So there
is no point in asking for most days, nor in asking for none where a word is frequent. Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from aggregator.storage.search.index_query import Wanted

SPARE = 1.3
"""How much more is asked for than should do."""
_DAY, _FETCH, _LOOK = 0.15, 3.0, 8.0
"""Microseconds: to merge a document of a day; to fetch one; to look for a phrase in it."""
_MERGE = 0.5
"""To merge a document of the many words with a beginning."""
_DEAR = 30_000.0
"""So long a search may take for more than is necessary."""
_WIDER = 4
"""Times as many documents are looked among next, at most."""
_WORTH = 0.7
"""Of what looking everywhere costs; where less would be saved, it may as well be everywhere."""
_MOST = 0.3
"""Of all documents; where more would have to be looked among, it may as well be all."""


@dataclass(frozen=True, slots=True)
class Expected:
    """About how many documents a query finds, and how many are looked at for that."""

    documents: int
    """There are."""
    found: float
    """Of these, from 0 to 1; 0 for anything rare."""
    looked_at: float
    """Those that the index brings: with the words of a phrase in whatever order."""

    def cost(self, stretch: float) -> float:
        """Microseconds to look among so many documents by their days; 0 for all, without."""
        each = _LOOK if self.looked_at > self.found else _FETCH
        if not stretch:
            return self.documents * self.looked_at * each
        return stretch * (_DAY + self.looked_at * each)

    def is_dear(self, stretch: float) -> bool:
        """Whether that takes longer than it should."""
        return self.cost(stretch) > _DEAR


def first_stretch(likely: Expected, wanted: Wanted) -> float:
    """Among how many of the newest documents to look first; 0 where it may as well be all."""
    if not likely.found:
        return 0
    stretch = 0.0
    for many in wanted:
        stretch = many * SPARE / likely.found
        if stretch <= _MOST * likely.documents and not likely.is_dear(stretch):
            break
    within = stretch <= _MOST * likely.documents and likely.cost(stretch) < likely.cost(0)
    return stretch if within else 0


def next_stretch(likely: Expected, back: float, found: int, missing: int) -> float:
    """Among how many of the next documents to look, where `back` had `found`; 0 for all."""
    wanted = missing * SPARE * back / found if found else math.inf
    wider = min(max(wanted, back), _WIDER * back)
    return wider if likely.cost(wider) < _WORTH * likely.cost(0) else 0


def is_walked(entries: int, documents: int, enough: int) -> bool:
    """Whether a beginning of words is looked for in one document after the other.

    Where so many `entries` of all `documents` have it, that finds enough before its words are
    merged.
    """
    return entries * _MERGE > enough * SPARE * documents / max(entries, 1) * _LOOK


def walked_stretch(found: float, wanted: Wanted) -> float:
    """How many documents to look at, one after the other."""
    dear = max(_DEAR / _LOOK, wanted.enough * SPARE / found)
    return min(wanted.most * SPARE / found, dear)
