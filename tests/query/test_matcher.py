"""Rules match words as written and behind proclitics, without further stemming."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from aggregator.errors import QueryError
from aggregator.query import Tree, Word, parse, print_query
from aggregator.query.matcher import compile_matcher, explain, match_spans
from aggregator.query.topic_rule import parse_rule
from tests.query.matchables import a_matchable


def matches(query: str, *args: str, **values: object) -> bool:
    return compile_matcher(parse(query))(a_matchable(*args, **values))


@pytest.mark.parametrize(
    "printed",
    ["حكومة", "الحكومة", "والحكومة", "بالحكومة", "للحكومة", "وللحكومة", "فحكومة", "كالحكومة",
     "حكومه", "حُكومةٌ", "لحكومة"],
)  # fmt: skip
def test_a_word_matches_behind_proclitics_and_in_any_spelling(printed: str) -> None:
    assert matches("حكومة", f"قالت {printed} أمس")


@pytest.mark.parametrize(
    ("word", "printed"),
    [
        ("حكومة", "حكومات"),  # no suffix is taken off
        ("حكومة", "حكومتنا"),
        ("بنكيران", "نكير"),
        ("المغرب", "مغربي"),
        ("المغرب", "مغرب"),  # an article that was written is wanted
        ("سلا", "سلالة"),
        ("parlement", "parlements"),
    ],
)
def test_a_word_matches_nothing_else(word: str, printed: str) -> None:
    assert not matches(word, printed)


@pytest.mark.parametrize(
    ("query", "printed", "expected"),
    [
        ("~حكومة", "قالت حكومتنا", True),
        ("~سد", "امتلاء السدود", True),
        ("سد", "امتلاء السدود", False),
        ("~parlement", "les parlements", True),
        ("~CAF", "قرر الكاف", True),
        ("~PJD", "حزب العدالة والتنمية", True),
        ("~PJD", "العدالة ثم التنمية", False),
        ("~العدالة-والتنمية", "Le PJD", True),
        ('"CAF"', "قرر الكاف", False),
        ("CAF", "قرر الكاف", False),
        ("title:~الرباط", "à Rabat", True),
        ("سدود -~مطر", "السدود والأمطار", False),
        ("~…a", "b", False),
    ],
)
def test_any_form_of_a_word_where_the_editor_asks(query: str, printed: str, expected: bool) -> None:
    entry = a_matchable(printed, "خبر")
    assert compile_matcher(parse(query))(entry) is expected
    assert (explain(parse(query), entry) is not None) is expected


def test_spans_of_what_stands_for_a_word() -> None:
    text = "حزب العدالة والتنمية (PJD): بالعدالة"
    spans = match_spans(parse("~PJD"), text)
    assert [text[start:end] for start, end in spans] == ["العدالة", "والتنمية", "PJD"]


@pytest.mark.parametrize("printed", ["المغرب", "والمغرب", "بالمغرب", "للمغرب", "وللمغرب"])
def test_a_word_with_its_article(printed: str) -> None:
    assert matches("المغرب", printed)


def test_a_phrase_is_exact() -> None:
    assert matches("سلا", "كسلا")
    assert not matches('"سلا"', "كسلا")
    assert matches('"سلا"', "مدينة سَلا اليوم")
    assert matches('"فاطمة الفهرية"', "جامعة فاطمة الفهرية")
    assert not matches('"فاطمة الفهرية"', "فاطمة", "الفهرية")  # no phrase runs into the body


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("سدود مطر", True),
        ("سدود ثلج", False),
        ("ثلج OR مطر", True),
        ("سدود -مطر", False),
        ("انت* OR سد*", True),
        ("title:سدود", True),
        ("title:مطر", False),
        ("source:hespress", True),
        ("مصدر:هِسبريس", True),
        ("source:other", False),
        ("country:MA lang:ar", True),
        ("country:DZ", False),
        ("section:اقتصاد", True),
        ("author:أمينة", True),
        ("has:image", False),
        ("after:2026-11-02", True),
        ("before:2026-11-02", False),
        ("l'eau", True),
        ("peut-être", True),
        ("peut-on", False),
        ("is:unread", False),
        ('"!"', True),
    ],
)
def test_operators_and_fields(query: str, expected: bool) -> None:
    entry = a_matchable(
        "السدود تمتلئ", "بفضل المطر, peut-être l’eau", author="أمينة ب", sections=["إقتصاد"]
    )
    assert compile_matcher(parse(query))(entry) is expected
    assert (explain(parse(query), entry) is not None) is expected


def test_explain_lists_what_matched() -> None:
    entry = a_matchable("السدود تمتلئ", "بفضل المطر")
    found = explain(parse("(ثلج OR مطر OR سدود) source:hespress -حرب"), entry)
    assert [print_query(leaf) for leaf in found or ()] == ["مطر", "سدود", "source:hespress"]


def test_match_spans() -> None:
    text = "قال: «بالسدود» وفاطمة الفهرية ثم l'Eau"
    tree = parse('سدود "فاطمة الفهرية" الفهرية eau -قال')
    assert [text[start:end] for start, end in match_spans(tree, text)] == [
        "بالسدود",
        "وفاطمة",
        "الفهرية",
        "Eau",
    ]
    assert match_spans(Word("غائب"), text) == []


# --- rules of topics -------------------------------------------------------------------------


def tree_of(query: str) -> Tree:
    return parse_rule(query).tree


def test_a_relative_date_at_the_top_is_a_window() -> None:
    rule = parse_rule("سدود after:30d after:2w")
    assert (rule.tree, rule.window) == (Word("سدود"), timedelta(days=14))
    assert parse_rule("سدود after:2026-01-01").window is None
    assert rule.matches(a_matchable("سدود", published_on=date(2020, 1, 1)))


@pytest.mark.parametrize(
    ("rule", "key", "found"),
    [
        ("سدود is:unread", "query_personal", "is:unread"),
        ("سدود وسم:مهم", "query_personal", "وسم:مهم"),
        ("سدود (مطر OR بعد:7ي)", "query_moving", "بعد:7ي"),
        ("سدود before:7d", "query_moving", "before:7d"),
        ("", "query_everything", ""),
        ("-سدود", "query_everything", "-سدود"),
        ("🔥", "query_everything", "🔥"),
        ("% -سدود", "query_everything", "% -سدود"),
        ("سدود OR -مطر", "query_everything", "سدود OR -مطر"),
        ("after:7d", "query_everything", "after:7d"),
        ("(سدود", "query_opening", "("),
    ],
)
def test_queries_that_no_topic_can_use(rule: str, key: str, found: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_rule(rule)
    problem = caught.value.problem
    assert (problem.key, problem.found) == (f"error.{key}", found)
    assert rule[problem.start : problem.end] == found
