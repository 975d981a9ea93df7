"""How far back PostgreSQL looks at first, by what that costs.

A GIN index brings all documents of a word in no order, each to be fetched. Asked for the words and
for the last days, it brings those of these days, but has to merge the lists of the days. So there
is no point in asking for most days, nor in asking for none where a word is frequent. Pure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from aggregator.storage.search.index_query import Limits

SAFETY_FACTOR = 1.3
"""How much more is asked for than should do."""
_DAY_MERGE_US, _FETCH_US, _RECHECK_US = 0.15, 3.0, 8.0
"""Microseconds: to merge a document of a day; to fetch one; to look for a phrase in it."""
_PREFIX_MERGE_US = 0.5
"""To merge a document of the many words with a beginning."""
_EXPENSIVE_US = 30_000.0
"""So long a search may take for more than is necessary."""
_MAX_GROWTH = 4
"""Times as many documents are looked among next, at most."""
_MAX_WINDOW_COST = 0.7
"""Of what looking everywhere costs; where less would be saved, it may as well be everywhere."""
_MAX_WINDOW_SHARE = 0.3
"""Of all documents; where more would have to be looked among, it may as well be all."""


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """About how many documents a query finds, and how many are looked at for that."""

    documents: int
    """There are."""
    found: float
    """Of these, from 0 to 1; 0 for anything rare."""
    candidate_share: float
    """Those that the index brings: with the words of a phrase in whatever order."""

    def cost(self, stretch: float) -> float:
        """Microseconds to look among so many documents by their days; 0 for all, without."""
        each = _RECHECK_US if self.candidate_share > self.found else _FETCH_US
        if not stretch:
            return self.documents * self.candidate_share * each
        return stretch * (_DAY_MERGE_US + self.candidate_share * each)

    def is_expensive(self, stretch: float) -> bool:
        """Whether that takes longer than it should."""
        return self.cost(stretch) > _EXPENSIVE_US


def first_window(likely: CostEstimate, wanted: Limits) -> float:
    """Among how many of the newest documents to look first; 0 where it may as well be all."""
    if not likely.found:
        return 0
    stretch = 0.0
    for many in wanted:
        stretch = many * SAFETY_FACTOR / likely.found
        if stretch <= _MAX_WINDOW_SHARE * likely.documents and not likely.is_expensive(stretch):
            break
    within = stretch <= _MAX_WINDOW_SHARE * likely.documents and likely.cost(stretch) < likely.cost(
        0
    )
    return stretch if within else 0


def next_window(likely: CostEstimate, back: float, found: int, missing: int) -> float:
    """Among how many of the next documents to look, where `back` had `found`; 0 for all."""
    wanted = missing * SAFETY_FACTOR * back / found if found else math.inf
    wider = min(max(wanted, back), _MAX_GROWTH * back)
    return wider if likely.cost(wider) < _MAX_WINDOW_COST * likely.cost(0) else 0


def prefers_sequential_scan(entries: int, documents: int, enough: int) -> bool:
    """Whether a beginning of words is looked for in one document after the other.

    Where so many `entries` of all `documents` have it, that finds enough before its words are
    merged.
    """
    return (
        entries * _PREFIX_MERGE_US
        > enough * SAFETY_FACTOR * documents / max(entries, 1) * _RECHECK_US
    )


def sequential_window(found: float, wanted: Limits) -> float:
    """How many documents to look at, one after the other."""
    dear = max(_EXPENSIVE_US / _RECHECK_US, wanted.enough * SAFETY_FACTOR / found)
    return min(wanted.most * SAFETY_FACTOR / found, dear)
