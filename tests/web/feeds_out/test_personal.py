"""Feeds of a reader's own lists: the address is the key, and can be taken away."""

from __future__ import annotations

import logging
import re

import feedparser
import pytest
from sqlalchemy import select

from aggregator.services.ingest import index
from aggregator.storage.engine import Database
from aggregator.storage.models import PersonalFeedRow
from tests.web.browser import PASSWORD, Browser
from tests.web.conftest import MakeApp

SECRET = re.compile(r"/feeds/([\w-]{43})\.atom")
KINDS = ("atom", "rss", "json")


@pytest.fixture(autouse=True)
def _indexed(newsroom: Database) -> None:
    index.index_backlog(newsroom, pause=lambda _: None)
    index.update_vocabulary(newsroom, pause=lambda _: None)


def address(browser: Browser, kind: str, subject: str = "") -> str:
    """The address of a new feed, without its format, as the account page shows it."""
    page = browser.post("/account/feeds", kind=kind, subject=subject)
    assert page.status_code == 200, page.text
    found = SECRET.search(page.text)
    assert found
    return f"/feeds/{found[1]}"


def titles(answer_data: bytes) -> list[str]:
    parsed = feedparser.parse(answer_data)
    assert not parsed.bozo
    return [entry.title for entry in parsed.entries]


def test_starred_entries_and_nothing_else(amina: Browser, driss: Browser) -> None:
    amina.post("/entries/1/star", on="1", next="/")
    path = address(amina, "starred")
    for kind in KINDS:
        answer = driss.get(f"{path}.{kind}")
        assert answer.status_code == 200
        assert "امتلاء السدود" in answer.text
        assert "Tunis" not in answer.text


def test_a_tag_keeps_its_feed_when_it_is_renamed_and_empties_it_when_deleted(
    amina: Browser, driss: Browser
) -> None:
    amina.post("/entries/1/tags", tags="ماء", next="/")
    path = address(amina, "tag", "ماء")
    assert titles(driss.get(f"{path}.atom").data) == ["امتلاء السدود"]
    amina.post("/tags/rename", tag="ماء", name="مياه", next="/tags")
    assert titles(driss.get(f"{path}.atom").data) == ["امتلاء السدود"]
    amina.post("/tags/delete", tag="مياه", sure="1", next="/tags")
    assert titles(driss.get(f"{path}.atom").data) == []


def test_news_and_searches_are_those_of_their_reader(amina: Browser, driss: Browser) -> None:
    amina.post("/sources/hespress/follow", on="1", next="/")
    assert titles(driss.get(f"{address(amina, 'mine')}.atom").data) == ["امتلاء السدود"]
    amina.post("/entries/3/tags", tags="تونس", next="/")
    assert titles(driss.get(f"{address(amina, 'search', 'tag:تونس')}.rss").data) == ["Tunis"]


def test_the_address_stands_nowhere_but_in_the_browser(
    amina: Browser, driss: Browser, newsroom: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        path = address(amina, "starred")
        secret = path.rpartition("/")[2]
        answers = [driss.get(f"{path}.{kind}") for kind in KINDS]
        driss.get(f"/feeds/{secret[:-1]}.atom")
    assert secret not in caplog.text
    assert all(secret not in answer.text + str(answer.headers) for answer in answers)
    assert secret not in amina.get("/account").text
    with newsroom.read() as session:
        (row,) = session.execute(select(PersonalFeedRow)).scalars()
        assert secret not in (row.token_hash, row.subject)
    for answer in answers:
        assert answer.headers["Cache-Control"] == "private, max-age=300"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert "ETag" in answer.headers


def test_a_revoked_address_opens_nothing_and_others_still_do(
    amina: Browser, driss: Browser
) -> None:
    kept, revoked = address(amina, "starred"), address(amina, "mine")
    feeds = re.findall(r'name="feed" value="(\w+)"', amina.get("/account").text)
    assert amina.post("/account/feeds/revoke", feed=feeds[0]).status_code == 303
    assert driss.get(f"{kept}.atom").status_code + driss.get(f"{revoked}.atom").status_code == 604
    assert len(re.findall(r'name="feed"', amina.get("/account").text)) == 1


def test_nobody_revokes_the_feed_of_another(
    amina: Browser, brahim: Browser, driss: Browser
) -> None:
    path = address(amina, "starred")
    (feed,) = re.findall(r'name="feed" value="(\w+)"', amina.get("/account").text)
    brahim.post("/account/feeds/revoke", feed=feed)
    assert driss.get(f"{path}.atom").status_code == 200


@pytest.mark.parametrize("closed", [True, False])
def test_a_feed_ends_with_its_account_or_password(
    amina: Browser, driss: Browser, closed: bool
) -> None:
    path = address(amina, "starred")
    new = "a new secret of hers"
    if closed:
        amina.post("/account/close", password=PASSWORD)
    else:
        amina.post("/account/password", current=PASSWORD, new=new, repeat=new)
    assert driss.get(f"{path}.atom").status_code == 404


def test_it_works_where_reading_is_not_public(make_app: MakeApp, newsroom: Database) -> None:
    app = make_app(public_reading=False)
    amina = Browser(app)
    amina.sign_in("Amina")
    path = address(amina, "search", "السدود")
    assert titles(Browser(app).get(f"{path}.atom").data) == ["امتلاء السدود"]


@pytest.mark.parametrize(
    ("kind", "subject", "status"),
    [("all", "", 400), ("tag", "none", 404), ("tag", "", 400), ("search", "", 400),
     ("search", '"', 400)],
)  # fmt: skip
def test_bad_values_are_told(amina: Browser, kind: str, subject: str, status: int) -> None:
    answer = amina.post("/account/feeds", kind=kind, subject=subject)
    assert answer.status_code == status
    assert not SECRET.search(answer.text)


def test_a_button_on_each_own_list(amina: Browser) -> None:
    amina.post("/entries/1/tags", tags="ماء", next="/")
    amina.post("/sources/hespress/follow", on="1", next="/")
    for page in ("/starred", "/tags/ماء", "/mine", "/search?q=السدود", "/account"):
        assert 'action="/account/feeds"' in amina.get(page).text, page
