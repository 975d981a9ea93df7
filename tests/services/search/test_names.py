"""A name is found in both scripts, unless it is quoted; ordinary words are left alone."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest

from aggregator.query import parse
from aggregator.query.rule_index import RuleIndex, required_terms
from aggregator.query.topic_rule import parse_rule
from aggregator.services.search import search
from aggregator.services.search.did_you_mean import suggest_query
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.storage.engine import Database
from aggregator.storage.search import vocabulary
from aggregator.storage.topics.candidates import rule_candidates
from benchmarks import names
from benchmarks.search_quality import fill
from benchmarks.word_forms import read_pairs
from tests.query.matchables import a_matchable

TITLES = (
    "أخنوش يلتقي وفدا بتارودانت",
    "Akhannouch reçoit une délégation à Taroudant",
    "قتال قرب مصراتة",
    "منتخب مصر يفوز",
    "الزروالي مديرا جديدا",
    "La Cour des comptes publie son rapport",
    "تقرير للمجلس الأعلى للحسابات",
    "Aguerd blessé avant la Coupe",
    "إصابة نايف أكرد",
)
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database, [(title, "") for title in TITLES], NOW)
    with database.write() as session:
        vocabulary.count_new_words(session, 100)
    return database


def found(database: Database, query: str) -> set[int]:
    request = SearchRequest(parse(query), partial=False)
    with database.read() as session:
        page = search.search(session, SearchContext(None, NOW, UTC), request)
    return {hit.entry.id - 1 for hit in page.hits}


def test_names_are_found_in_both_scripts(filled: Database) -> None:
    for query, expected in (
        ("Akhannouch", {0, 1}),
        ("أخنوش", {0, 1}),
        ("akhanush taroudant", {0, 1}),
        ("تارودانت", {0, 1}),
        ("Misrata", {2}),
        ("Cour des comptes", {5, 6}),
        ("المجلس الأعلى للحسابات", {5, 6}),
        ("Nayef Aguerd", {8}),
        ("Aguerd", {7, 8}),
        ("title:Akhannouch", {0, 1}),
    ):
        assert (query, found(filled, query)) == (query, expected)


def test_quotes_ask_for_one_script(filled: Database) -> None:
    for query, expected in (
        ('"Akhannouch"', {1}),
        ('"أخنوش"', {0}),
        ('"Cour des comptes"', {5}),
        ('"Zerouali"', set()),
    ):
        assert (query, found(filled, query)) == (query, expected)


def test_a_name_in_no_table_is_found_if_it_occurs_in_the_other_script_only(
    filled: Database,
) -> None:
    assert found(filled, "Zerouali") == {4}
    with filled.read() as session:
        assert suggest_query(session, parse("Zerouali"), "en") is None
    with filled.write() as session:  # once it occurs, it is a word like others
        vocabulary._add(session, Counter(["zerouali"]))
    assert found(filled, "Zerouali") == set()


def test_matches_in_the_other_script_are_highlighted(filled: Database) -> None:
    request = SearchRequest(parse("Aguerd"), partial=False)
    with filled.read() as session:
        hits = search.search(session, SearchContext(None, NOW, UTC), request).hits
    marked = {span.text for hit in hits for span in hit.title if span.marked}
    assert marked == {"Aguerd", "أكرد"}


def test_rules_with_a_tilde_find_names_too(filled: Database) -> None:
    rule = parse_rule("~Driouch")
    entries = {
        "أمطار بالدريوش": True,
        "Pluies à Driouch": True,
        "Pluies à Driush": True,
        "دراجة جديدة": False,
    }
    for title, matches in entries.items():
        assert rule.matches(a_matchable(title)) is matches, title
        assert bool(RuleIndex({1: rule}).matching(a_matchable(title))) is matches, title
    assert not parse_rule("Driouch").matches(a_matchable("أمطار بالدريوش"))
    rule = parse_rule("~Aguerd")
    with filled.read() as session:
        candidates = rule_candidates(session, [required_terms(rule.tree)], NOW, 100)
    assert candidates is not None
    assert {id_ - 1 for id_ in candidates} == {7, 8}


def test_precision_on_our_own_pairs_and_traps() -> None:
    pairs = read_pairs(names.PAIRS)
    total = names.score(pairs, names.failed_pairs(pairs))
    assert total.labelled >= 200
    assert len(pairs) - total.labelled >= 200
    assert total.precision >= 0.95
    assert total.recall >= 0.9
