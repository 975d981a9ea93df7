"""What leads the front page, and what stands in its sections."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aggregator.process.stories.front_page import FrontStory, is_wide, plan_front

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def a_story(id_: int, sources: int = 1, hours: float = 1, *, pictured: bool = True) -> FrontStory:
    """A story that all its sources joined so many hours ago; lists find it by ten times its id."""
    joined = (NOW - timedelta(hours=hours),) * sources
    return FrontStory(id_, 10 * id_, joined, pictured)


def test_pins_stand_first_then_the_most_prominent_then_those_with_pictures() -> None:
    prominent = [a_story(n, 3, pictured=n % 2 == 1) for n in range(1, 6)]
    plan = plan_front([a_story(3, 3)], prominent, {}, NOW)
    assert plan.pinned == (30,)
    assert plan.top == (10, 50, 20, 40)


def test_nothing_of_one_source_stands_above_an_event_of_five() -> None:
    wide = a_story(7, 5, 20, pictured=False)
    plan = plan_front([], [a_story(1, 3)], {"sport": [a_story(2, 1, 0.1), wide]}, NOW)
    assert plan.top == (10, 70, 20)
    assert plan.sections == (("sport", (70, 20)),)


def test_what_many_reported_days_ago_gives_way_to_news() -> None:
    assert is_wide(a_story(1, 5, 23).joined, NOW)
    assert not is_wide(a_story(1, 12, 25).joined, NOW)
    assert not is_wide(a_story(1, 4).joined, NOW)
    plan = plan_front([], [], {"sport": [a_story(1, 6, 72), a_story(2)]}, NOW)
    assert plan.sections == (("sport", (20, 10)),)


def test_without_events_of_several_sources_the_latest_news_lead() -> None:
    sections = {"sport": [a_story(1, 1, 5)], "world": [a_story(2, 1, 2, pictured=False)]}
    assert plan_front([], [], sections, NOW).top == (10, 20)
    assert plan_front([], [], {}, NOW).top == ()
