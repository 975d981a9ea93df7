"""What a misspelt word may have meant."""

from __future__ import annotations

import pytest

from aggregator.process.search.spelling import FURTHEST, best_guess, distance, neighbours


@pytest.mark.parametrize(
    ("one", "other", "away"),
    [
        ("انتخابات", "انتخابات", 0),
        ("انتخبات", "انتخابات", 1),
        ("انتحابات", "انتخابات", 0.5),  # ح looks like خ
        ("ضلم", "ظلم", 0.5),
        ("اتنخابات", "انتخابات", 0.5),  # swapped
        ("gouvernemant", "gouvernement", 1),
        ("maroc", "parlement", FURTHEST + 1),
    ],
)
def test_distance(one: str, other: str, away: float) -> None:
    assert distance(one, other) == distance(other, one) == away


def test_near_before_frequent() -> None:
    known = {"حكومة": 900, "حكومي": 3, "حكومات": 9000, "مدينة": 99999}
    assert best_guess("حكومه", known) == "حكومة"
    assert best_guess("زلزال", known) is None
    assert best_guess("حكومة", {"حكومة": 5}) is None


def test_neighbours_hold_every_single_slip() -> None:
    near = neighbours("برلمان")
    assert {"برلمن", "برلماان", "برلمات", "رلمان", "ربلمان"} <= near
    assert "برلمان" not in near
