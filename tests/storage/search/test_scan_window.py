"""How far back PostgreSQL searches first."""

from __future__ import annotations

import pytest

from aggregator.storage.search.index_query import Limits
from aggregator.storage.search.scan_window import (
    CostEstimate,
    first_window,
    next_window,
    prefers_sequential_scan,
    sequential_window,
)

MILLION = 1_000_000
PAGE = Limits(2001, 100, 10)


def test_a_rare_word_needs_no_window() -> None:
    assert first_window(CostEstimate(MILLION, 0, 0), PAGE) == 0
    assert first_window(CostEstimate(MILLION, 0.001, 0.001), PAGE) == 0


def test_a_frequent_word_gets_a_window() -> None:
    for share in (0.05, 0.3, 1.0):
        window = first_window(CostEstimate(MILLION, share, share), PAGE)
        assert window * share == pytest.approx(1.3 * PAGE.most)


def test_a_rare_phrase_of_frequent_words_settles_for_less() -> None:
    phrase = CostEstimate(MILLION, 0.003, 0.06)
    window = first_window(phrase, PAGE)
    assert PAGE.minimum <= window * phrase.found <= 1.3 * PAGE.enough
    assert not phrase.is_expensive(window)
    assert phrase.is_expensive(0)


def test_the_next_window_depends_on_what_was_found() -> None:
    estimate = CostEstimate(MILLION, 0.1, 0.1)
    assert next_window(estimate, 1000, 100, 50) == 1000  # never smaller
    assert next_window(estimate, 1000, 20, 50) == pytest.approx(3250)
    assert (
        next_window(estimate, 1000, 0, 50) == 4000
    )  # no matches yet: much further, but not everywhere
    assert next_window(estimate, 200_000, 0, 50) == 0


def test_prefixes_of_most_entries_are_scanned_for() -> None:
    assert prefers_sequential_scan(300_000, MILLION, 100)
    assert not prefers_sequential_scan(20_000, MILLION, 100)
    assert sequential_window(0.3, PAGE) < sequential_window(0.03, PAGE) < 10_000
