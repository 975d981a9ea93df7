"""The topics of the demo bring something of its stories, and can be saved as they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.demo.articles import load
from aggregator.demo.topics import TOPICS
from aggregator.process.html.text import sanitized_to_text
from aggregator.query.topic_rule import parse_rule
from aggregator.services.desk.topics import validate
from aggregator.types import TopicContent
from tests.query.matchables import a_matchable


@pytest.mark.parametrize("content", TOPICS)
def test_each_topic_is_sound_and_not_empty(content: TopicContent) -> None:
    assert validate(content) == content
    rule = parse_rule(content.rule)
    articles = load(datetime.now(UTC))
    found = [
        each.title
        for each in articles
        if rule.matches(a_matchable(each.title, sanitized_to_text(each.body)))
    ]
    assert 2 <= len(found) <= len(articles) / 2, found
