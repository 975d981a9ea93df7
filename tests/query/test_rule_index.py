"""An index of a thousand rules finds what each rule would find alone."""

from __future__ import annotations

import random

from aggregator.query.rule_index import RuleIndex
from aggregator.query.topic_rule import parse_rule
from tests.query.matchables import a_matchable

WORDS = "سدود مطر ثلج حكومة برلمان نفط غاز سلا رباط قمح parlement eau pluie".split()
SHAPES = (
    "{0}",
    "{0} {1}",
    "{0} OR {1}",
    "({0} OR {1}) -{2}",
    '"{0} {1}"',
    "{0}* {1}",
    "title:{0} OR {1}",
    "source:hespress -{0}",
    "source:le360 {0}",
    "country:MA ({0} OR source:le360)",
    "section:{0} lang:ar",
    "author:{0}",
    "has:image OR {0}",
    "after:2026-01-01 {0}*",
    '"!" {0}',
    "~{0}",
    "~{0} OR {1}",
    "~{0} -~{1}",
    "title:~{0}",
)


def test_the_index_finds_what_each_rule_finds_alone() -> None:
    chance = random.Random(5)
    texts = [shape.format(*chance.sample(WORDS, 3)) for shape in SHAPES for _ in range(40)]
    rules = {number: parse_rule(text) for number, text in enumerate(texts)}
    book = RuleIndex(rules)
    matched = 0
    for _ in range(120):
        said = [chance.choice(["", "ال", "وبال"]) + word for word in chance.choices(WORDS, k=6)]
        entry = a_matchable(
            " ".join(said[:3]),
            " ".join(said[3:]),
            author=chance.choice(WORDS),
            sections=[chance.choice(WORDS)],
            has_image=chance.random() < 0.5,
        )
        alone = [number for number, rule in rules.items() if rule.matches(entry)]
        assert book.matching(entry) == alone
        matched += len(alone)
    assert matched > 1000


def test_an_empty_index_finds_nothing() -> None:
    assert RuleIndex({}).matching(a_matchable("سدود")) == []
