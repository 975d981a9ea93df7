"""The form that writes rules, and reads back those it can."""

from __future__ import annotations

import pytest

from aggregator.query import parse
from aggregator.query.rule_form import RuleForm, form_from_rule, rule_from_form
from aggregator.query.rule_highlights import highlight_rule, rule_snippet
from aggregator.query.topic_rule import parse_rule

FULL = RuleForm(
    any_of="سدود\nالصيد البحري\nأمطار*",
    all_of="مغرب",
    none_of="كرة القدم\nsport",
    sources=("hespress", "le360"),
    languages=("ar", "fr"),
    countries=("MA",),
    days=30,
)


def test_a_form_writes_a_rule_in_the_words_of_its_language() -> None:
    assert rule_from_form(FULL) == (
        'مغرب (سدود OR "الصيد البحري" OR أمطار*) (source:hespress OR source:le360) '
        '(lang:ar OR lang:fr) country:MA -"كرة القدم" -sport after:30d'
    )
    assert rule_from_form(FULL, "ar").endswith('بلد:MA -"كرة القدم" -sport بعد:30ي')
    for language in ("en", "ar", "fr"):
        parse_rule(rule_from_form(FULL, language))
        assert form_from_rule(parse(rule_from_form(FULL, language))) == FULL


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("سدود، مطر", "سدود OR مطر"),
        ("OR, (a), -b", '"OR" OR a OR b'),
        ('"a b", ; ,,', '"a b"'),
        ("a:b", '"a:b"'),
        ("", ""),
    ],
)
def test_operators_typed_into_the_form_are_words(typed: str, rule: str) -> None:
    text = rule_from_form(RuleForm(any_of=typed))
    assert text == rule
    parse(text)


@pytest.mark.parametrize(
    ("typed", "rule", "shown"),
    [
        ("~سد", "~سد", "~سد"),
        ("~حزب العدالة، PJD", "~حزب-العدالة OR PJD", "~حزب-العدالة\nPJD"),
        ("~peut-être", "~peut-être", "~peut-être"),
        ("~", "", ""),
        ("~OR", "~OR", "~OR"),
    ],
)
def test_any_form_through_the_form(typed: str, rule: str, shown: str) -> None:
    form = RuleForm(any_of=typed)
    assert rule_from_form(form) == rule
    back = form_from_rule(parse(rule))
    assert back is not None
    assert shown in (back.any_of, back.all_of)  # a single alternative is required


def test_marking_any_form() -> None:
    pieces = highlight_rule(parse("~سد -مطر"), "ملء السدود بالمطر")
    assert [piece.text for piece in pieces if piece.found] == ["السدود"]


@pytest.mark.parametrize("rule", ["(a1 b1) OR c1", "title:a1", "-(a1 b1)", "(a1 OR b1) (c1 OR d1)"])
def test_what_no_form_can_write(rule: str) -> None:
    assert form_from_rule(parse(rule)) is None


def test_marking_and_snippets() -> None:
    tree = parse("سدود -مطر")
    assert [(piece.text, piece.found) for piece in highlight_rule(tree, "ملء السدود: مطر")] == [
        ("ملء ", False), ("السدود", True), (": مطر", False),
    ]  # fmt: skip
    text = "كلمة " * 100 + "والسدود " + "كلمة " * 100
    pieces = rule_snippet(tree, text)
    assert pieces[0].text == pieces[-1].text.strip() + " " == "… "
    assert [piece.text for piece in pieces if piece.found] == ["والسدود"]
    assert sum(len(piece.text) for piece in pieces) < 240
    assert "".join(piece.text for piece in rule_snippet(tree, "x" * 500)).startswith("x" * 220)
