"""A page of a list without entries, because those of its time are read or muted, leads on."""

from __future__ import annotations

import pytest

from aggregator.services.desk import topics
from aggregator.storage.engine import Database
from aggregator.storage.listing import summaries
from aggregator.storage.listing.keys import KeyPage
from aggregator.storage.sql.cursors import Position
from aggregator.types import LocalizedText, TopicContent, User
from tests.builders import NOW
from tests.web.browser import Browser

LISTS = ("/", "/?view=entries", "/mine", "/mine?view=entries", "/sections/region",
         "/sources/hespress", "/starred", "/tags/a", "/topics/water")  # fmt: skip


@pytest.fixture
def amina_hides_much(
    newsroom: Database, amina: Browser, monkeypatch: pytest.MonkeyPatch
) -> Browser:
    """Amina, all of whose lists stop at once to look for what she neither read nor muted."""
    with newsroom.write_exclusive() as session:
        content = TopicContent(
            "water", LocalizedText(ar="الماء"), LocalizedText(), "x", "published"
        )
        topics.create(session, User(9, "Badia", "editor"), content, NOW)
    amina.post("/sources/hespress/follow", on="1")
    amina.post("/entries/1/tags", tags="a")
    given_up = KeyPage([], Position(NOW, 3))
    monkeypatch.setattr(summaries, "find_keys", lambda *_, **__: given_up)
    return amina


@pytest.mark.parametrize("address", LISTS)
@pytest.mark.parametrize("unread", [False, True])
def test_an_empty_page_leads_to_older_ones(
    amina_hides_much: Browser, address: str, unread: bool
) -> None:
    separator = "&" if "?" in address else "?"
    page = amina_hides_much.get(address + f"{separator}unread=1" * unread).text
    assert 'class="nothing"' in page
    assert page.count('rel="next"') == 1
    assert "قرأتم كل شيء" not in page  # nobody knows yet
    assert 'http-equiv="refresh"' not in page  # it is not the first poll


def test_the_last_page_says_that_all_is_read(amina: Browser) -> None:
    amina.post("/entries/read", ids="1,2,3", on="1")
    for address in ("/", "/sources/hespress"):
        page = amina.get(f"{address}?unread=1").text
        assert "قرأتم كل شيء" in page
        assert 'rel="next"' not in page
