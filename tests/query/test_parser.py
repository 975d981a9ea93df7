"""Queries in three languages and their trees."""

from __future__ import annotations

from datetime import date

import pytest

from aggregator.errors import QueryError
from aggregator.query import (
    EVERYTHING,
    MAX_DEPTH,
    MAX_TERMS,
    And,
    AnyForm,
    Field,
    Not,
    Or,
    Phrase,
    Prefix,
    RelativeDate,
    Tree,
    Word,
    parse,
)
from aggregator.types.limits import MAX_QUERY

A, B, C = Word("a1"), Word("b1"), Word("c1")


@pytest.mark.parametrize(
    ("typed", "tree"),
    [
        ("", EVERYTHING),
        (" ؟ … — * ، \u200f", EVERYTHING),
        ("🔥", Word("🔥")),
        ("%", Word("%")),
        ("-€ 🔥", Word("€🔥")),
        ("🔥 lang:ar", And((Word("🔥"), Field("lang", "ar")))),
        ("🔥 a1 % -b1", And((A, Not(B)))),
        ("-a1 &", And((Word("&"), Not(A)))),
        ('source:"a & b"', Field("source", "a & b")),
        ("#a1 @b1", And((A, B))),
        ("title:a1 %", Field("title", A)),
        ("البرلمان", Word("البرلمان")),
        ("البرلمان المغربي؟", And((Word("البرلمان"), Word("المغربي")))),
        ("a1 b1 OR c1", And((A, Or((B, C))))),
        ("a1|b1||c1", Or((A, B, C))),
        ("a1 أو b1", Or((A, B))),
        ("a1 او b1", Or((A, B))),
        ("a1 ou b1", Or((A, B))),
        ("or gold", And((Word("or"), Word("gold")))),
        ("المغرب و الجزائر", And((Word("المغرب"), Word("الجزائر")))),
        ("a1 et b1 AND c1", And((A, B, C))),
        ("(a1 b1) OR c1", Or((And((A, B)), C))),
        ("a1 (b1 (c1))", And((A, B, C))),
        ("a1 -b1", And((A, Not(B)))),
        ("a1 - b1 – c1", And((A, B, C))),
        ("peut-être", Word("peut-être")),
        ("~a1", AnyForm("a1")),
        ("a1 -~b1 ~c1؟", And((A, Not(AnyForm("b1")), AnyForm("c1")))),
        (
            "~ou title:~العدالة-والتنمية",
            And((AnyForm("ou"), Field("title", AnyForm("العدالة-والتنمية")))),
        ),
        ("a1 ~ b1 -~ c1", And((A, B, C))),
        ("a1~b1", Word("a1~b1")),
        ("-(a1 b1)", Not(And((A, B)))),
        ("NOT a1", Not(A)),
        ("NOT -a1", Not(Not(A))),
        ("ليس a1 sauf b1", And((Word("ليس"), A, Word("sauf"), B))),
        ("l'Espagne", Word("l'Espagne")),
        ('"فاطمة  الزهراء"', Phrase("فاطمة الزهراء")),
        ("« Rabat »", Phrase("Rabat")),
        ("“a b” ”c d“", And((Phrase("a b"), Phrase("c d")))),
        ('«the "a" b»', Phrase("the a b")),
        ('"" a1', A),
        ("انتخاب*", Prefix("انتخاب")),
        ("#رالي_المغرب!", Word("رالي_المغرب")),
        ("https://a.example/b 12:30", And((Word("https://a.example/b"), Word("12:30")))),
        ("a1،b1؛c1", And((A, B, C))),
        ("كتابٌ", Word("كتابٌ")),
        ("NOT \u0300é", Not(Word("\u0300é"))),
    ],
)
def test_words_and_operators(typed: str, tree: Tree) -> None:
    assert parse(typed) == tree


@pytest.mark.parametrize(
    ("typed", "tree"),
    [
        ("source:hespress", Field("source", "hespress")),
        ("SOURCE:Hespress", Field("source", "Hespress")),
        ("مصدر:هسبريس", Field("source", "هسبريس")),
        ("المصدر: هسبريس", Field("source", "هسبريس")),
        ("source : « Le Matin »", Field("source", "Le Matin")),
        ("source:a1,b1", Or((Field("source", "a1"), Field("source", "b1")))),
        ("مصدر:a1،b1", Or((Field("source", "a1"), Field("source", "b1")))),
        ("source:a1, b1", And((Field("source", "a1"), Word("b1")))),
        ("source:(a1 OR b1)", Or((Field("source", "a1"), Field("source", "b1")))),
        ("-source:a1", Not(Field("source", "a1"))),
        ("owner:press-house", Field("owner", "press-house")),
        ("المالك:الدار", Field("owner", "الدار")),
        ('propriétaire:"La Maison"', Field("owner", "La Maison")),
        ("country:ma", Field("country", "MA")),
        ("بلد:المغرب", Field("country", "MA")),
        ("pays:Algérie", Field("country", "DZ")),
        ("pays:algerie", Field("country", "DZ")),
        ("بلد:السعودية", Field("country", "SA")),
        ('country:"Saudi Arabia"', Field("country", "SA")),
        ("lang:ar", Field("lang", "ar")),
        ("لغة:العربية", Field("lang", "ar")),
        ("langue:français", Field("lang", "fr")),
        ("section:politique", Field("section", "politique")),
        ("rubrique:politique", Field("section", "politique")),
        ("قسم:سياسة", Field("section", "سياسة")),
        ("وسم:للقراءة", Field("tag", "للقراءة")),
        ("étiquette:lire", Field("tag", "lire")),
        ("etiquette:lire", Field("tag", "lire")),
        ("title:نفط", Field("title", Word("نفط"))),
        ("عنوان:نفط*", Field("title", Prefix("نفط"))),
        ('titre:"prix du gaz"', Field("title", Phrase("prix du gaz"))),
        ("title:(a1 -b1)", And((Field("title", A), Not(Field("title", B))))),
        ("كاتب:أمينة", Field("author", Word("أمينة"))),
        ("auteur:Amina", Field("author", Word("Amina"))),
        ("is:unread", Field("is", "unread")),
        ("حالة:غير-مقروء", Field("is", "unread")),
        ("est:non-lu", Field("is", "unread")),
        ("is:starred", Field("is", "starred")),
        ("est:favori", Field("is", "starred")),
        ("has:image", Field("has", "image")),
        ("فيه:صورة", Field("has", "image")),
        ("avec:photo", Field("has", "image")),
        ("after:2026-11-01", Field("after", date(2026, 11, 1))),
        ("بعد:٢٠٢٦-١١-٠١", Field("after", date(2026, 11, 1))),
        ("après:1/11/2026", Field("after", date(2026, 11, 1))),
        ("before:2026-11", Field("before", date(2026, 11, 1))),
        ("قبل:2026", Field("before", date(2026, 1, 1))),
        ("after:7d", Field("after", RelativeDate(7, "d"))),
        ("بعد:٧ي", Field("after", RelativeDate(7, "d"))),
        ("depuis:7j", Field("after", RelativeDate(7, "d"))),
        ("after:2w", Field("after", RelativeDate(2, "w"))),
        ("after:today", Field("after", RelativeDate(0, "d"))),
        ("بعد:اليوم", Field("after", RelativeDate(0, "d"))),
        ("avant:aujourd’hui", Field("before", RelativeDate(0, "d"))),
        ("depuis:hier", Field("after", RelativeDate(1, "d"))),
    ],
)
def test_fields(typed: str, tree: Tree) -> None:
    assert parse(typed) == tree


@pytest.mark.parametrize(
    ("typed", "key", "found"),
    [
        ('a1 "b1 c1', "query_quote", '"b1 c1'),
        ("a1 «b1", "query_quote", "«b1"),
        ("(a1 b1", "query_opening", "("),
        ("a1) b1", "query_closing", ")"),
        ("OR a1", "query_operand", "OR"),
        ("a1 أو", "query_operand", ""),
        ("a1 OR OR b1", "query_operand", "OR"),
        ("a1 NOT", "query_operand", ""),
        ("a1 ()", "query_operand", "()"),
        ("source:", "query_value", "source:"),
        ("a1 مصدر: (", "query_opening", "("),
        ("source:OR", "query_value", "source:"),
        ("sorce:hespress", "query_field", "sorce:"),
        ("oner:press-house", "query_field", "oner:"),
        ("title:(source:a1)", "query_nested", "source:"),
        ("a*b", "query_star", "*"),
        ("*ab", "query_star", "*"),
        ("a*", "query_short_prefix", "a*"),
        ("~ab*", "query_tilde", "~ab*"),
        ('~"a1 b1"', "query_tilde", '~"'),
        ("~(a1 b1)", "query_tilde", "~("),
        ("source:hes*", "query_no_prefix", "hes*"),
        ("after:demain", "query_date", "demain"),
        ("after:2026-13", "query_date", "2026-13"),
        ("after:2026-02-30", "query_date", "2026-02-30"),
        ("بعد:0000", "query_date", "0000"),
        ("is:red", "query_flag", "red"),
        ("country:Atlantis", "query_country", "Atlantis"),
        ("lang:klingonese", "query_language", "klingonese"),
    ],
)
def test_errors_give_place_and_key(typed: str, key: str, found: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(typed)
    problem = caught.value.problem
    assert (problem.key, problem.found) == (f"error.{key}", found)
    assert typed[problem.start : problem.end] == found


def test_limits() -> None:
    for typed, key in (
        ("ا" * (MAX_QUERY + 1), "query_long"),
        ("a " * (MAX_TERMS + 1), "query_terms"),
        ("(" * (MAX_DEPTH + 1) + "a", "query_deep"),
        ("NOT " * (MAX_DEPTH + 1) + "a", "query_deep"),
        ("(" * MAX_QUERY, "query_deep"),
    ):
        with pytest.raises(QueryError) as caught:
            parse(typed)
        assert caught.value.key == f"error.{key}"
    assert parse("(" * MAX_DEPTH + "a1" + ")" * MAX_DEPTH) == A
