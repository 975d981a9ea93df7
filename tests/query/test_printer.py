"""A printed tree parses to the same tree; any text parses or raises QueryError."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.errors import QueryError
from aggregator.query import (
    AnyForm,
    Field,
    Not,
    Phrase,
    Prefix,
    RelativeDate,
    Tree,
    Word,
    all_of,
    any_of,
    parse,
    print_query,
)
from aggregator.query.keywords import LANGUAGES, OPERATORS

PIECES = st.sampled_from(
    ["OR", "أو", "ou", "|", "-", "~", "NOT", "(", ")", '"', "«", "»", "“", "*", ":", " ", "،",
     ",", ";", "source:", "مصدر:", "titre :", "after:", "7d", "2026-11", "is:", "unread", "المغرب",
     "l'eau", "a", "é", "\u200f", "\u200d", "\u064b", "\x00", "\ud800", "٧", "و", "—", "\u00a0",
     "'", "_"]
)  # fmt: skip
TYPED = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=14).map("".join))

LETTERS = st.text("abzéçاأبةىو٣7", min_size=2, max_size=8)
WORDS = LETTERS.filter(lambda word: word not in OPERATORS)
TEXTS = st.one_of(
    WORDS.map(Word),
    WORDS.map(Prefix),
    LETTERS.map(AnyForm),
    st.lists(LETTERS, min_size=1, max_size=3).map(lambda words: Phrase(" ".join(words))),
)
NAMES = st.one_of(LETTERS, st.just("Le Matin"), st.just("OR"), st.just("a:b"))
FIELDS = st.one_of(
    st.builds(Field, st.sampled_from(["title", "author"]), TEXTS),
    st.builds(Field, st.sampled_from(["source", "owner", "section", "tag"]), NAMES),
    st.builds(Field, st.just("country"), st.sampled_from(["MA", "FR"])),
    st.builds(Field, st.just("lang"), st.sampled_from(["ar", "zgh"])),
    st.builds(Field, st.sampled_from(["after", "before"]), st.dates(date(1000, 1, 1))),
    st.builds(
        Field,
        st.sampled_from(["after", "before"]),
        st.builds(RelativeDate, st.integers(0, 9999), st.sampled_from("dwmy")),
    ),
    st.builds(Field, st.just("is"), st.sampled_from(["unread", "starred"])),
    st.just(Field("has", "image")),
)
TREES = st.recursive(
    st.one_of(TEXTS, FIELDS),
    lambda parts: st.one_of(
        parts.map(Not),
        st.lists(parts, min_size=1, max_size=4).map(all_of),
        st.lists(parts, min_size=1, max_size=4).map(any_of),
    ),
    max_leaves=12,
)


@given(TREES, st.sampled_from(LANGUAGES))
def test_a_printed_tree_parses_to_the_same_tree(tree: Tree, language: str) -> None:
    assert parse(print_query(tree, language)) == tree


@given(TYPED)
@example("so\u00adurce:x و: OR:")
@example("NOT \u03000")
@example("1\r000")
@example("100 و 050 AND 000 and 7")
@example("-1 AND 000")
@example('a "OR" -(b | c*) source:"x y",z')
def test_any_text_parses_or_raises_query_error(typed: str) -> None:
    try:
        tree = parse(typed)
    except QueryError as error:
        problem = error.problem
        assert 0 <= problem.start <= problem.end <= len(typed)
        assert problem.key.startswith("error.query_")
    else:
        for language in LANGUAGES:
            assert parse(print_query(tree, language)) == tree


@pytest.mark.parametrize(
    ("typed", "arabic", "french"),
    [
        (
            'title:غاز (source:a,"b c") -is:unread after:7d',
            'عنوان:غاز (مصدر:a أو مصدر:"b c") -حالة:غير-مقروء بعد:7ي',
            'titre:غاز (source:a ou source:"b c") -est:non-lu après:7j',
        ),
        ("before:today", "قبل:اليوم", "avant:aujourd'hui"),
    ],
)
def test_keywords_are_printed_in_the_language(typed: str, arabic: str, french: str) -> None:
    assert print_query(parse(typed), "ar") == arabic
    assert print_query(parse(typed), "fr") == french
