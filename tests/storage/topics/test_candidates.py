"""The index finds every entry that the matcher accepts, on both databases."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import update

from aggregator.process.analysis.former_document import FORMER_VERSION
from aggregator.query.rule_index import required_terms
from aggregator.query.topic_rule import parse_rule
from aggregator.services.ingest.match_topics import matchable_from_row
from aggregator.storage.engine import Database
from aggregator.storage.models import SearchState
from aggregator.storage.topics.backfill import find_entries, newest_entries
from aggregator.storage.topics.candidates import rule_candidates
from aggregator.storage.topics.feed_facets import load_feed_facets
from tests.builders import NOW, an_entry, make_entry, make_feed, make_source, store_entries

WEEK = NOW - timedelta(days=7)
WORDS = "سدود المطر ثلج حكومة سلا barrage pluie l’eau".split()
RULES = (
    "سدود", "المطر", '"سلا"', "حكوم*", "barr*", "سدود -ثلج", "(ثلج OR pluie) حكومة", "eau",
    '"المطر ثلج"', "title:سلا OR ثلج", "lang:ar حكومة",
    "~سد", "~barrage -~ثلج", "~eau OR ~حكومات", "title:~سلا",
)  # fmt: skip


def test_nothing_that_matches_is_missed(database: Database) -> None:
    chance = random.Random(3)
    said = ["", "و", "ال", "وبال", "لل", "كال", "ف", "ك"]
    entries = [
        an_entry(
            " ".join(chance.choice(said) + word for word in chance.sample(WORDS, 2)),
            guid=str(number),
            text=" ".join(chance.choice(said) + word for word in chance.sample(WORDS, 2)),
            published_at=NOW - timedelta(hours=number),
        )
        for number in range(60)
    ]
    with database.write() as session:
        store_entries(session, make_feed(session, make_source(session)), *entries)
        place = load_feed_facets(session)[1]
        every = newest_entries(session, WEEK, None, 100)
        matched = 0
        for text in RULES:
            rule = parse_rule(text)
            found = rule_candidates(session, [required_terms(rule.tree)], WEEK, 1000)
            assert found is not None
            wanted = [row.id for row in every if rule.matches(matchable_from_row(row, place))]
            matched += len(wanted)
            assert set(wanted) <= set(found), text
            kept = [
                r.id
                for r in find_entries(session, found)
                if rule.matches(matchable_from_row(r, place))
            ]
            assert kept == wanted
        assert matched > 60
        both = [required_terms(parse_rule(each).tree) for each in ("سدود", "ثلج")]
        assert len(rule_candidates(session, both, WEEK, 7) or ()) == 7


def test_stems_of_an_index_under_renewal(database: Database) -> None:
    with database.write() as session:
        feed_id = make_feed(session, make_source(session))
        (id_,) = store_entries(session, feed_id, an_entry("سدود", guid="1"))
        by_stem, as_written = ([required_terms(parse_rule(rule).tree)] for rule in ("~سد", "سدود"))
        assert rule_candidates(session, by_stem, WEEK, 9) == [id_]
        session.execute(update(SearchState).values(version=-FORMER_VERSION, next_id=id_))
        assert rule_candidates(session, by_stem, WEEK, 9) is None
        assert rule_candidates(session, as_written, WEEK, 9) == [id_]


def test_where_the_index_cannot_tell(database: Database) -> None:
    with database.write() as session:
        feed_id = make_feed(session, make_source(session))
        store_entries(session, feed_id, an_entry("سدود", guid="1"))
        for rule in ("source:hespress", "has:image"):
            assert (
                rule_candidates(session, [required_terms(parse_rule(rule).tree)], WEEK, 9) is None
            )
        anchors = [required_terms(parse_rule("سدود").tree)]
        assert rule_candidates(session, anchors, WEEK, 9) == [1]
        make_entry(session, feed_id, "سدود")  # not indexed yet
        assert rule_candidates(session, anchors, WEEK, 9) is None
