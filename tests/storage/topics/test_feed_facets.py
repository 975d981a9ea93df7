"""What rules can test about a feed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from aggregator.query.rule_index import RuleIndex
from aggregator.query.topic_rule import parse_rule
from aggregator.storage.engine import Database
from aggregator.storage.feeds.owners import sync_owners
from aggregator.storage.topics.feed_facets import load_feed_facets
from tests.builders import an_owner, make_feed, make_source
from tests.query.matchables import a_matchable


def test_a_day_is_that_of_the_source(database: Database) -> None:
    late = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
    with database.write() as session:
        there = make_feed(session, make_source(session, "alquds", timezone="Asia/Jerusalem"))
        here = make_feed(
            session,
            make_source(session, "azores", timezone="Atlantic/Azores"),
            "https://a.example/",
        )
        places = load_feed_facets(session)
    assert places[there].day_of(late) == date(2026, 11, 2)
    assert places[here].day_of(late) == date(2026, 11, 1)


def test_owners_are_those_above_a_source_too(database: Database) -> None:
    with database.write() as session:
        sync_owners(session, [an_owner("holding"), an_owner("papers", parents=("holding",))])
        owned = make_feed(session, make_source(session, "hespress", owner="papers"))
        other = make_feed(session, make_source(session, "goud"), "https://g.example/")
        places = load_feed_facets(session)
    for rule, matches in (
        ("سدود owner:holding", True),
        ("owner:papers", True),
        ('مالك:"دار papers"', True),
        ("سدود -owner:holding", False),
        ("owner:press", False),
    ):
        entry = a_matchable("سدود")
        found = [
            number
            for number in (owned, other)
            if RuleIndex({1: parse_rule(rule)}).matching(
                replace(entry, owners=places[number].owners)
            )
        ]
        assert (owned in found) is matches, rule
        assert (other in found) is rule.startswith("سدود -"), rule
