"""Blind spots and first tellings: daily sums, today, and the stories that figures count."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.process.periods import STEPS, Step, period_of
from aggregator.process.stories.insights import ROLES, STORY_KINDS, SourceSums
from aggregator.services.operate.insight_days import (
    update_insight_days,
    update_recent_insight_days,
)
from aggregator.services.operate.retention import delete_old_entries
from aggregator.services.reading import insights
from aggregator.services.reading.insights import InsightsView, StoryScope
from aggregator.storage.engine import Database
from aggregator.storage.feeds.owners import sync_owners
from aggregator.storage.models import Entry, InsightTelling, Source
from aggregator.storage.stories import write as stories
from aggregator.storage.stories.insights import delete_days_from, summed_days
from tests.builders import NOW, an_owner, make_entry, make_feed, make_source

ZONE = ZoneInfo("Africa/Casablanca")
TODAY = NOW.astimezone(ZONE).date()
DAY = timedelta(days=1)
YESTERDAY = TODAY - DAY
SOURCES: dict[str, dict[str, Any]] = {
    "map": {"ownership": "state"},
    "snrt": {"owner": "state-house"},
    "hespress": {},
    "medias24": {"language": "fr"},
    "tsa": {"country": "DZ", "language": "fr"},
    "rfi": {"country": "FR", "language": "fr", "ownership": "state"},
}
Told = tuple[str, str, float]


@pytest.fixture
def feeds(database: Database) -> dict[str, int]:
    with database.write() as session:
        sync_owners(session, [an_owner("state-house", kind="state")])
        return {
            slug: make_feed(session, make_source(session, slug, **values), f"https://{slug}.ma/f")
            for slug, values in SOURCES.items()
        }


def tell(database: Database, feeds: dict[str, int], *told: Told) -> list[int]:
    """A story: entries as (source, language, hours before `NOW`); their ids."""
    with database.write() as session:
        ids = [
            make_entry(session, feeds[slug], age=age, language=language)
            for slug, language, age in told
        ]
        assign(session, ids, ids[0])
    return ids


def assign(
    session: Session, ids: list[int], story: int, copy_of: dict[int, int] | None = None
) -> None:
    rows = [
        {
            "entry_id": id_,
            "story_id": story,
            "reprint_of": (copy_of or {}).get(id_),
            "agency": "",
            "section": "",
        }
        for id_ in ids
    ]
    stories.assign_stories(session, rows)


@pytest.fixture
def told(database: Database, feeds: dict[str, int]) -> dict[str, int]:
    """Stories of today (a Monday), of yesterday and of the day before; their ids."""
    found = {
        "arabic": tell(database, feeds, ("hespress", "ar", 2), ("map", "ar", 1.5)),
        "alone": tell(database, feeds, ("hespress", "ar", 3), ("hespress", "ar", 2)),
        "both": tell(database, feeds, ("medias24", "fr", 30), ("hespress", "ar", 29)),
        "state": tell(database, feeds, ("map", "ar", 28), ("snrt", "fr", 26), ("rfi", "fr", 25)),
        "abroad": tell(database, feeds, ("rfi", "fr", 52), ("tsa", "fr", 50)),
    }
    return {name: ids[0] for name, ids in found.items()}


def view(database: Database, step: Step, day: date = TODAY, now: datetime = NOW) -> InsightsView:
    with database.read() as session:
        return insights.get_insights(session, period_of(step, day), ZONE, now)


def listed(
    database: Database, scope: StoryScope, now: datetime = NOW, limit: int = 50
) -> list[int]:
    """The ids of the stories of a list, page by page; their number is the total of each page."""
    found: list[int] = []
    totals = set()
    cursor = None
    while cursor is not None or not totals:
        with database.read() as session:
            page = insights.list_stories(session, scope, ZONE, now, cursor, limit)
        found += [each.story.id for each in page.stories]
        totals.add(page.total)
        cursor = page.next_cursor
    assert totals == {len(found)}
    return found


def check_lists(database: Database, step: Step, day: date = TODAY, now: datetime = NOW) -> None:
    """Each figure of a page leads to as many stories, also one by one."""
    shown = view(database, step, day, now)
    for period, counts in shown.chart:
        for kind in STORY_KINDS:
            found = listed(database, StoryScope(period, kind), now, limit=1)
            assert len(found) == len(set(found)) == counts[kind]
    for source, sums in shown.sources:
        for role in ROLES:
            scope = StoryScope(shown.period, source=source.slug, role=role)
            assert len(listed(database, scope, now, limit=1)) == sums.of(role)


def figures(shown: InsightsView) -> object:
    return shown.counts, shown.sources, shown.widest


def test_a_week_from_stored_days_and_from_today(database, feeds, told):
    update_insight_days(database, ZONE, NOW)
    past = view(database, "week", YESTERDAY)
    assert past.counts == Counter(shared=3, french=1, state=1, abroad=1)
    assert [story.story.id for story in past.widest] == [
        told["state"],
        told["both"],
        told["abroad"],
    ]
    assert not past.pending
    today = view(database, "week")
    assert today.counts == Counter(shared=1, arabic=1)
    assert today.chart[-2:] == ((past.period, past.counts), (today.period, today.counts))
    for step in STEPS:
        check_lists(database, step)
        check_lists(database, step, YESTERDAY)


def test_who_was_first_and_by_how_much(database, feeds, told):
    update_insight_days(database, ZONE, NOW)
    past = view(database, "week", YESTERDAY)
    sources = {source.slug: sums for source, sums in past.sources}
    assert sources["map"] == SourceSums(told=1, first=1, leads=[120])
    assert sources["rfi"] == SourceSums(told=2, first=1, leads=[120])
    assert sources["hespress"] == SourceSums(told=1)
    widest = past.widest[0]
    assert widest.first is not None
    assert widest.second is not None
    assert (widest.first.slug, widest.second.slug, widest.story.lead) == ("map", "snrt", 120)


def test_stored_days_say_what_they_said_while_they_were_live(database, feeds, told):
    for day in (TODAY, YESTERDAY):
        live = view(database, "day", day)
        check_lists(database, "day", day)
        update_insight_days(database, ZONE, NOW + 3 * DAY)
        assert figures(view(database, "day", day, NOW + 3 * DAY)) == figures(live)
        check_lists(database, "month", day, NOW + 3 * DAY)
        with database.write() as session:
            delete_days_from(session, date(2026, 1, 1))


def test_days_that_are_not_summed_up_yet_are_said_to_be_missing(database, feeds, told):
    shown = view(database, "month", YESTERDAY)
    assert shown.pending
    assert shown.counts == Counter(shared=3, arabic=1, state=1)
    update_insight_days(database, ZONE, NOW)
    assert not view(database, "month", YESTERDAY).pending


def test_the_latest_days_are_summed_up_first_and_the_rest_next_time(database, feeds, told):
    turns = iter([False, True])
    update_insight_days(database, ZONE, NOW, lambda: next(turns))
    with database.read() as session:
        assert list(summed_days(session)) == [YESTERDAY]
    update_insight_days(database, ZONE, NOW)
    with database.read() as session:
        assert sorted(summed_days(session)) == [YESTERDAY - DAY, YESTERDAY]


def test_a_late_member_changes_the_day_of_its_story(database, feeds, told):
    update_insight_days(database, ZONE, NOW)
    with database.write() as session:
        late = make_entry(session, feeds["hespress"], age=1, language="ar")
        assign(session, [late], told["state"])
    # The figures and their lists change together, with the next sums.
    assert view(database, "day", YESTERDAY).counts["state"] == 1
    check_lists(database, "day", YESTERDAY)
    update_insight_days(database, ZONE, NOW + timedelta(hours=1))
    assert view(database, "day", YESTERDAY).counts == Counter(shared=2)
    assert view(database, "day").counts == Counter(shared=1, arabic=1)
    check_lists(database, "day", YESTERDAY)


def test_an_earlier_entry_takes_its_story_to_the_day_before(database, feeds, told):
    update_insight_days(database, ZONE, NOW)
    with database.write() as session:
        early = make_entry(session, feeds["hespress"], age=40, language="ar")
        assign(session, [early], told["both"])
    update_insight_days(database, ZONE, NOW + timedelta(hours=1))
    assert view(database, "day", YESTERDAY).counts == Counter(shared=1, state=1)
    assert view(database, "day", YESTERDAY - DAY).counts == Counter(shared=2, french=1, abroad=1)
    for step in STEPS:
        check_lists(database, step, YESTERDAY)


def test_old_days_are_looked_at_once_a_day(database, feeds, told):
    later = NOW + 10 * DAY
    update_insight_days(database, ZONE, later)
    with database.write() as session:
        stories.merge_stories(session, told["abroad"], told["state"])
        stories.refresh(session, [told["abroad"], told["state"]])
    update_insight_days(database, ZONE, later + timedelta(hours=1))
    assert view(database, "day", YESTERDAY, later).counts["shared"] == 2
    update_insight_days(database, ZONE, later + DAY)
    assert view(database, "day", YESTERDAY, later).counts == Counter(shared=1)
    assert view(database, "day", YESTERDAY - DAY, later).counts == Counter(shared=1)
    check_lists(database, "month", YESTERDAY, later)


def test_what_retention_deletes_counts_no_more(database, feeds, told):
    update_insight_days(database, ZONE, NOW)
    delete_old_entries(database, timedelta(hours=9), NOW)
    update_insight_days(database, ZONE, NOW + DAY)
    later = NOW + DAY
    assert view(database, "week", YESTERDAY, later).counts == Counter()
    check_lists(database, "week", TODAY, later)


def test_another_owner_or_country_sums_up_all_days_again(database, feeds, told):
    later = NOW + 10 * DAY
    update_insight_days(database, ZONE, later)
    with database.write() as session:
        session.execute(update(Source).where(Source.slug == "snrt").values(owner=None))
        session.execute(update(Source).where(Source.slug == "tsa").values(country="MA"))
    update_insight_days(database, ZONE, later + timedelta(hours=1))
    assert view(database, "week", YESTERDAY, later).counts == Counter(shared=3, french=1)


def test_nothing_is_written_for_days_that_are_as_they_were(database, feeds, told):
    update_insight_days(database, ZONE, NOW)
    with database.write() as session:
        session.execute(delete(InsightTelling))
    update_insight_days(database, ZONE, NOW + timedelta(hours=1))
    with database.read() as session:
        assert session.execute(select(InsightTelling.story_id)).all() == []


def test_a_day_summed_up_too_early_is_today_again(database, feeds, told):
    """A clock that was ahead has ended a day that is not over."""
    update_insight_days(database, ZONE, NOW + DAY)
    tell(database, feeds, ("hespress", "ar", 0.5), ("map", "ar", 0.4))
    assert view(database, "day").counts["shared"] == 2
    check_lists(database, "week")
    update_insight_days(database, ZONE, NOW)
    with database.read() as session:
        assert max(summed_days(session)) == YESTERDAY


def test_reprints_are_those_of_others(database, feeds):
    with database.write() as session:
        original, again, copied, own = (
            make_entry(session, feeds[slug], age=age, language="ar")
            for slug, age in (("map", 2.0), ("map", 1.9), ("hespress", 1.5), ("medias24", 1.0))
        )
        session.execute(update(Entry).where(Entry.id == again).values(duplicate_of=original))
        assign(session, [original, again, copied, own], original, {copied: original})
    found = {source.slug: sums.reprint for source, sums in view(database, "day").sources}
    assert found == {"map": 0, "hespress": 1, "medias24": 0}
    with database.read() as session:
        scope = StoryScope(period_of("day", TODAY), source="nobody")
        with pytest.raises(NotFound):
            insights.list_stories(session, scope, ZONE, NOW)


def test_what_a_new_feed_brings_is_summed_up_without_waiting_for_the_hour(database, feeds, told):
    update_recent_insight_days(database, ZONE, NOW)
    assert not view(database, "month", YESTERDAY).pending
    assert view(database, "week", YESTERDAY).counts == Counter(
        shared=3, french=1, state=1, abroad=1
    )


def test_recent_days_are_summed_up_again_only_if_their_stories_change(database, feeds, told):
    update_insight_days(database, ZONE, NOW)
    with database.read() as session:
        before = summed_days(session)
    with database.write() as session:
        moved = make_entry(session, feeds["hespress"], age=40, language="ar")
        assign(session, [moved], told["both"])
    update_recent_insight_days(database, ZONE, NOW)
    with database.read() as session:
        after = summed_days(session)
    assert after.keys() == before.keys()
    assert after[YESTERDAY] != before[YESTERDAY]
    assert after[YESTERDAY - DAY] != before[YESTERDAY - DAY]
    check_lists(database, "week", YESTERDAY)


def test_a_recent_day_that_lost_its_only_story_counts_none(database, feeds):
    (first, _) = tell(database, feeds, ("map", "ar", 20), ("hespress", "ar", 19))
    update_recent_insight_days(database, ZONE, NOW)
    assert view(database, "day", YESTERDAY).counts == Counter(shared=1, arabic=1)
    with database.write() as session:
        early = make_entry(session, feeds["snrt"], age=45, language="ar")
        assign(session, [early], first)
    update_recent_insight_days(database, ZONE, NOW)
    assert not view(database, "day", YESTERDAY).counts["shared"]
    assert view(database, "day", YESTERDAY - DAY).counts["shared"] == 1
