"""Spelling correction."""

from __future__ import annotations

import pytest

from aggregator.process.search.spelling import (
    MAX_DISTANCE,
    best_correction,
    edit_distance,
    single_edits,
)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("انتخابات", "انتخابات", 0),
        ("انتخبات", "انتخابات", 1),
        ("انتحابات", "انتخابات", 0.5),  # ح looks like خ
        ("ضلم", "ظلم", 0.5),
        ("اتنخابات", "انتخابات", 0.5),  # swapped
        ("gouvernemant", "gouvernement", 1),
        ("maroc", "parlement", MAX_DISTANCE + 1),
    ],
)
def test_distance(one: str, other: str, distance: float) -> None:
    assert edit_distance(one, other) == edit_distance(other, one) == distance


def test_the_nearest_beats_the_most_frequent() -> None:
    known = {"حكومة": 900, "حكومي": 3, "حكومات": 9000, "مدينة": 99999}
    assert best_correction("حكومه", known) == "حكومة"
    assert best_correction("زلزال", known) is None
    assert best_correction("حكومة", {"حكومة": 5}) is None


def test_single_edits_include_every_single_slip() -> None:
    near = single_edits("برلمان")
    assert {"برلمن", "برلماان", "برلمات", "رلمان", "ربلمان"} <= near
    assert "برلمان" not in near
