"""Choose how far back PostgreSQL searches first, by estimated cost. Pure.

For a word, a GIN index returns all documents in no order, and each has to be fetched. For a word
and the last days, it returns only the documents of these days, but has to merge the lists of the
days. A window over most days saves nothing; for a frequent word, no window is far slower than one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from aggregator.storage.search.index_query import Limits

# Margin on every estimate of how many documents to search.
SAFETY_FACTOR = 1.3
# Microseconds to merge a document of a day, to fetch one, to recheck a phrase in it.
_DAY_MERGE_US, _FETCH_US, _RECHECK_US = 0.15, 3.0, 8.0
# Microseconds to merge a document of the words with a prefix.
_PREFIX_MERGE_US = 0.5
# Maximum time to look for more matches than necessary.
_EXPENSIVE_US = 30_000.0
# Maximum growth from one window to the next.
_MAX_GROWTH = 4
# Use a further window only if it costs less than this fraction of a full scan.
_MAX_WINDOW_COST = 0.7
# Use a first window only if it holds less than this fraction of all documents.
_MAX_WINDOW_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """Estimated size and cost of a query. A window is a number of the newest documents."""

    documents: int
    """Documents in the index."""
    found: float
    """Fraction of documents that match, from 0 to 1; 0 for anything rare."""
    candidate_share: float
    """Fraction that the index returns: for a phrase, documents with its words in any order."""

    def cost(self, window: float) -> float:
        """Microseconds to search a window; 0 stands for all documents, without one."""
        per_document = _RECHECK_US if self.candidate_share > self.found else _FETCH_US
        if not window:
            return self.documents * self.candidate_share * per_document
        return window * (_DAY_MERGE_US + self.candidate_share * per_document)

    def is_expensive(self, window: float) -> bool:
        """Whether searching a window takes longer than it should."""
        return self.cost(window) > _EXPENSIVE_US


def first_window(estimate: CostEstimate, limits: Limits) -> float:
    """Choose the first window; 0 to search all documents at once."""
    if not estimate.found:
        return 0
    largest = _MAX_WINDOW_SHARE * estimate.documents
    window = 0.0
    for matches in limits:
        window = matches * SAFETY_FACTOR / estimate.found
        if window <= largest and not estimate.is_expensive(window):
            break
    return window if window <= largest and estimate.cost(window) < estimate.cost(0) else 0


def next_window(estimate: CostEstimate, searched: float, found: int, missing: int) -> float:
    """Choose the window after one of `searched` documents had `found` matches; 0 for all."""
    needed = missing * SAFETY_FACTOR * searched / found if found else math.inf
    window = min(max(needed, searched), _MAX_GROWTH * searched)
    return window if estimate.cost(window) < _MAX_WINDOW_COST * estimate.cost(0) else 0


def prefers_sequential_scan(entries: int, documents: int, enough: int) -> bool:
    """Whether to look for a prefix by scanning documents in order, newest first.

    For a prefix in `entries` of `documents` that finds `enough` before its words are merged.
    """
    scanned = enough * SAFETY_FACTOR * documents / max(entries, 1)
    return entries * _PREFIX_MERGE_US > scanned * _RECHECK_US


def sequential_window(found: float, limits: Limits) -> float:
    """Choose how many documents to scan in order."""
    affordable = max(_EXPENSIVE_US / _RECHECK_US, limits.enough * SAFETY_FACTOR / found)
    return min(limits.most * SAFETY_FACTOR / found, affordable)
