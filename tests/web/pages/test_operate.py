"""What operators see of the feeds, and what they can do; nobody else can."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from aggregator.storage.engine import Database
from aggregator.storage.models import Feed, SearchState
from tests.builders import feed_row
from tests.web.browser import Browser

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
OFFERED = "https://m.example/rss?a=1&b=2"
ENGLISH = {"Accept-Language": "en"}


def change(database: Database, feed_id: int, **values: Any) -> None:
    with database.write() as session:
        session.execute(update(Feed).where(Feed.id == feed_id).values(values))


@pytest.fixture
def broken(newsroom: Database) -> Database:
    """The feed of Médias24 answers with a web page that names a feed."""
    change(
        newsroom, 2, status="failing", failures=3, error_kind="html", error_detail="<a web page>",
        advertised=[["Économie", OFFERED]], next_poll_at=NOW + HOUR,
    )  # fmt: skip
    return newsroom


def test_a_publisher_who_asks_for_a_human_is_told_as_such(
    newsroom: Database, chaimae: Browser
) -> None:
    change(newsroom, 2, status="refused", failures=1, error_kind="challenge", error_detail="x")
    for page in ("/operate", "/operate/feeds/2", "/sources/medias24"):
        assert "يطلب الناشر التحقق من أن الزائر إنسان" in chaimae.get(page).text
        french = chaimae.get(page, headers={"Accept-Language": "fr"}).text
        assert "la preuve que le visiteur est humain" in french
        assert "The publisher asks for a human" in chaimae.get(page, headers=ENGLISH).text


# --- who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["amina", "brahim"])
def test_readers_and_editors_may_not(person: str, request: pytest.FixtureRequest) -> None:
    browser: Browser = request.getfixturevalue(person)
    assert "/operate" not in browser.get("/").text
    for page in ("/operate", "/operate/feeds/1"):
        assert browser.get(page).status_code == 403
    for action in ("poll", "resume", "adopt"):
        assert browser.post(f"/operate/feeds/1/{action}", address="x").status_code == 403


def test_visitors_are_asked_to_sign_in(driss: Browser, newsroom: Database) -> None:
    assert driss.get("/operate").headers["Location"].startswith("/login?next=/operate")
    before = feed_row(newsroom, 1).next_poll_at
    assert driss.post("/operate/feeds/1/poll").status_code == 403
    assert feed_row(newsroom, 1).next_poll_at == before


def test_buttons_need_their_token(chaimae: Browser) -> None:
    assert chaimae.client.post("/operate/feeds/1/poll").status_code == 400


# --- looking -------------------------------------------------------------------------------------


def test_operators_find_it_in_the_navigation(chaimae: Browser) -> None:
    assert 'href="/operate"' in chaimae.get("/").text


def test_the_worst_comes_first_with_its_reason(chaimae: Browser, broken: Database) -> None:
    page = chaimae.get("/operate", headers=ENGLISH).text
    assert page.index("/operate/feeds/2") < page.index("/operate/feeds/1")
    assert "This address leads to an ordinary page" in page
    assert "1 of them needs your attention." in page
    assert 'role="img" aria-label="Last 30 days: 0 new articles, 0 polls, 0 failures."' in page
    assert "style=" not in page


def test_one_state_at_a_time(chaimae: Browser, broken: Database) -> None:
    page = chaimae.get("/operate?state=failing").text
    assert "/operate/feeds/2" in page
    assert "/operate/feeds/1" not in page
    assert chaimae.get("/operate?state=silent").status_code == 200
    for wrong in ("state=odd", "page=0", "page=x", "page=-1"):
        assert chaimae.get(f"/operate?{wrong}").status_code == 400


def test_a_feed_in_full(chaimae: Browser, broken: Database) -> None:
    change(broken, 2, clamped_dates=2, not_before=NOW + HOUR)
    page = chaimae.get("/operate/feeds/2", headers=ENGLISH).text
    assert "html: &lt;a web page&gt;" in page
    assert "Économie" in page
    assert "https://m.example/rss?a=1&amp;b=2" in page
    assert "2 articles have impossible dates" in page
    assert "asks not to be visited before" in page
    assert chaimae.get("/operate/feeds/99").status_code == 404


def test_a_date_that_is_not_understood_is_shown(chaimae: Browser, newsroom: Database) -> None:
    detail = "dates not understood: “أمس مساء”"
    change(newsroom, 1, status="damaged", error_kind="unreadable_dates", error_detail=detail)
    page = chaimae.get("/operate/feeds/1", headers=ENGLISH).text
    assert "dates in a form that Marsad does not understand" in page
    assert '<details class="raw" open>' in page
    assert detail in page


def test_where_it_moved_to_is_given_as_the_line_to_write(
    chaimae: Browser, newsroom: Database
) -> None:
    change(newsroom, 1, adopted_url="https://h.example/new")
    page = chaimae.get("/operate/feeds/1").text
    assert "url = &#34;https://h.example/new&#34;" in page


def test_raw_errors_are_for_operators(driss: Browser, chaimae: Browser, broken: Database) -> None:
    for page in ("/sources", "/sources/medias24"):
        shown = driss.get(page, headers=ENGLISH).text
        assert "a web page&gt;" not in shown
        assert "/operate" not in shown
        assert "status-failing" in shown
    assert "/operate/feeds/2" in chaimae.get("/sources/medias24").text


# --- doing -------------------------------------------------------------------------------------


def test_poll_now(chaimae: Browser, broken: Database) -> None:
    answer = chaimae.post("/operate/feeds/2/poll")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/operate/feeds/2?done=poll")
    assert feed_row(broken, 2).next_poll_at < NOW + HOUR
    told = chaimae.get("/operate/feeds/2?done=poll", headers=ENGLISH).text
    assert "Marsad will poll this feed" in told
    assert 'class="notice"' not in chaimae.get("/operate/feeds/2?done=x").text


def test_poll_now_must_wait(chaimae: Browser, broken: Database) -> None:
    change(broken, 2, not_before=NOW + HOUR)
    answer = chaimae.post("/operate/feeds/2/poll")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert feed_row(broken, 2).next_poll_at == NOW + HOUR


def test_resume(chaimae: Browser, newsroom: Database) -> None:
    change(newsroom, 1, status="gone", error_kind="gone")
    assert chaimae.post("/operate/feeds/1/poll").status_code == 409
    assert chaimae.post("/operate/feeds/1/resume").status_code == 303
    assert feed_row(newsroom, 1).status == "failing"


def test_adopt(chaimae: Browser, broken: Database) -> None:
    assert (
        chaimae.post("/operate/feeds/2/adopt", address="https://evil.example/").status_code == 409
    )
    assert chaimae.post("/operate/feeds/2/adopt", address=OFFERED).status_code == 303
    assert feed_row(broken, 2).adopted_url == OFFERED
    assert chaimae.post("/operate/feeds/99/adopt", address=OFFERED).status_code == 404


@pytest.mark.parametrize(
    ("language", "said"), [("en", "private network"), ("fr", "réseau privé"), ("ar", "شبكة خاصة")]
)
def test_a_public_feed_adopts_no_private_address(
    chaimae: Browser, newsroom: Database, language: str, said: str
) -> None:
    change(newsroom, 1, moved_to="http://192.168.1.1/feed")
    answer = chaimae.client.post(
        "/operate/feeds/1/adopt",
        headers={"Accept-Language": language},
        data={"address": "http://192.168.1.1/feed", "csrf_token": chaimae.form_token()},
    )
    assert answer.status_code == 409
    assert said in answer.text
    assert feed_row(newsroom, 1).adopted_url is None


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", "The search index is being updated (75%)"),
        ("fr", "L’index de recherche est en cours de mise à jour (75"),
        ("ar", "تُجدَّد فهرسة المقالات لأجل البحث (75٪)"),
    ],
)
def test_a_renewal_of_the_index_is_shown(
    newsroom: Database, chaimae: Browser, language: str, shown: str
) -> None:
    headers = {"Accept-Language": language}
    assert shown not in chaimae.get("/operate", headers=headers).text
    with newsroom.write() as session:
        session.execute(update(SearchState).values(version=-1, next_id=25, first_id=100))
    assert shown in chaimae.get("/operate", headers=headers).text
