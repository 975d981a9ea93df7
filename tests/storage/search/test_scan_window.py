"""How far back PostgreSQL looks at first."""

from __future__ import annotations

import pytest

from aggregator.storage.search.index_query import Wanted
from aggregator.storage.search.scan_window import (
    Expected,
    first_stretch,
    is_walked,
    next_stretch,
    walked_stretch,
)

MILLION = 1_000_000
PAGE = Wanted(2001, 100, 10)


def test_a_rare_word_is_looked_for_everywhere() -> None:
    assert first_stretch(Expected(MILLION, 0, 0), PAGE) == 0
    assert first_stretch(Expected(MILLION, 0.001, 0.001), PAGE) == 0


def test_a_frequent_word_is_looked_for_among_the_newest() -> None:
    for share in (0.05, 0.3, 1.0):
        stretch = first_stretch(Expected(MILLION, share, share), PAGE)
        assert stretch * share == pytest.approx(1.3 * PAGE.most)


def test_a_rare_phrase_of_frequent_words_brings_less() -> None:
    phrase = Expected(MILLION, 0.003, 0.06)
    stretch = first_stretch(phrase, PAGE)
    assert PAGE.few <= stretch * phrase.found <= 1.3 * PAGE.enough
    assert not phrase.is_dear(stretch)
    assert phrase.is_dear(0)


def test_it_goes_on_by_what_was_found() -> None:
    likely = Expected(MILLION, 0.1, 0.1)
    assert next_stretch(likely, 1000, 100, 50) == 1000  # not back to less
    assert next_stretch(likely, 1000, 20, 50) == pytest.approx(3250)
    assert next_stretch(likely, 1000, 0, 50) == 4000  # nothing yet: much further, not everywhere
    assert next_stretch(likely, 200_000, 0, 50) == 0


def test_beginnings_that_most_entries_have_are_looked_for_one_by_one() -> None:
    assert is_walked(300_000, MILLION, 100)
    assert not is_walked(20_000, MILLION, 100)
    assert walked_stretch(0.3, PAGE) < walked_stretch(0.03, PAGE) < 10_000
