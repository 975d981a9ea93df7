"""The page of "my news" for those who follow topics."""

from __future__ import annotations

import re

from aggregator.services.reading import topics
from aggregator.storage.engine import Database
from aggregator.storage.topics import members
from aggregator.storage.topics import topics as store
from aggregator.storage.topics.members import Membership
from aggregator.types import LocalizedText, TopicContent, User
from tests.builders import NOW
from tests.web.browser import Browser

AMINA = User(1, "Amina", "reader")


def test_a_reader_who_follows_only_a_topic_has_news(amina: Browser, newsroom: Database) -> None:
    assert 'id="mark-all"' not in amina.get("/mine").text
    with newsroom.write() as session:
        content = TopicContent("tunis", LocalizedText(fr="Tunis"), rule="Tunis", state="published")
        topic = store.add_topic(session, content, "Brahim", NOW)
        members.add_members(session, [Membership(topic.id, 3, NOW, ("Tunis",))])
        topics.follow(session, AMINA, "tunis", True, NOW)
    for address in ("/mine", "/mine?view=entries"):
        page = amina.get(address).text
        assert re.findall(r'class="title[^"]*"[^>]*><a [^>]*>([^<]*)', page) == ["Tunis"]
        assert 'id="mark-all"' in page
    answer = amina.post("/entries/read-all", **{"in": "mine", "up_to": "3"})
    assert answer.status_code == 303
    assert re.findall(r'<article class="entry[^"]* read', amina.get("/mine").text)
