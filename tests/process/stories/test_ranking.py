"""Which story opens the front page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.process.stories.ranking import SourceReport, prominence

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def own(source: int, hours: float = 0) -> SourceReport:
    return SourceReport(source, NOW - timedelta(hours=hours), own=True)


def reprint(source: int, hours: float = 0) -> SourceReport:
    return SourceReport(source, NOW - timedelta(hours=hours), own=False)


def test_a_source_counts_once_by_when_it_first_told_it_and_half_after_six_hours() -> None:
    assert prominence([own(1), own(2)], NOW) == 2
    assert prominence([own(1, 6), own(2, 12), own(2), own(2, 11)], NOW) == 0.75
    assert prominence([own(1, -1), own(2)], NOW) == 2  # a clock that is fast


def test_reprints_count_a_quarter_and_never_make_a_lead_alone() -> None:
    dispatch = [own(1), *(reprint(number) for number in range(2, 12))]
    assert prominence(dispatch, NOW) == 0
    assert prominence([*dispatch, own(12)], NOW) == 4.5
    assert prominence([own(1), own(2), reprint(2)], NOW) == 2


def test_what_is_a_day_old_counts_no_more() -> None:
    assert prominence([own(1, 25), own(2)], NOW) == 0
    assert prominence([], NOW) == 0


def test_all_fade_alike() -> None:
    one, other = [own(1, 1), own(2, 2)], [own(3, 4), own(4, 5), own(5, 6)]
    later = NOW + timedelta(hours=9)
    ratio = prominence(one, NOW) / prominence(other, NOW)
    assert prominence(one, later) / prominence(other, later) == pytest.approx(ratio)
