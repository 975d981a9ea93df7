"""How far back PostgreSQL looks at first."""

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


def test_a_rare_word_is_looked_for_everywhere() -> None:
    assert first_window(CostEstimate(MILLION, 0, 0), PAGE) == 0
    assert first_window(CostEstimate(MILLION, 0.001, 0.001), PAGE) == 0


def test_a_frequent_word_is_looked_for_among_the_newest() -> None:
    for share in (0.05, 0.3, 1.0):
        stretch = first_window(CostEstimate(MILLION, share, share), PAGE)
        assert stretch * share == pytest.approx(1.3 * PAGE.most)


def test_a_rare_phrase_of_frequent_words_brings_less() -> None:
    phrase = CostEstimate(MILLION, 0.003, 0.06)
    stretch = first_window(phrase, PAGE)
    assert PAGE.minimum <= stretch * phrase.found <= 1.3 * PAGE.enough
    assert not phrase.is_expensive(stretch)
    assert phrase.is_expensive(0)


def test_it_goes_on_by_what_was_found() -> None:
    likely = CostEstimate(MILLION, 0.1, 0.1)
    assert next_window(likely, 1000, 100, 50) == 1000  # not back to less
    assert next_window(likely, 1000, 20, 50) == pytest.approx(3250)
    assert next_window(likely, 1000, 0, 50) == 4000  # nothing yet: much further, not everywhere
    assert next_window(likely, 200_000, 0, 50) == 0


def test_beginnings_that_most_entries_have_are_looked_for_one_by_one() -> None:
    assert prefers_sequential_scan(300_000, MILLION, 100)
    assert not prefers_sequential_scan(20_000, MILLION, 100)
    assert sequential_window(0.3, PAGE) < sequential_window(0.03, PAGE) < 10_000
