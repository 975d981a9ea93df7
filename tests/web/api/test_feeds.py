"""GET /api/v1/feeds: the promised shape."""

from __future__ import annotations

from sqlalchemy import update

from aggregator.storage.engine import Database
from aggregator.storage.models import Feed
from tests.web.browser import Browser


def test_the_shape_of_feeds(driss: Browser, newsroom: Database) -> None:
    with newsroom.write() as session:
        failing = {"status": "failing", "error_kind": "timeout", "error_detail": "20 s"}
        session.execute(update(Feed).where(Feed.id == 2).values(failing))
    body = driss.get("/api/v1/feeds").get_json()
    first, second, _ = body["feeds"]
    assert list(first) == [
        "id", "url", "source", "status", "entry_count", "last_polled_at", "last_success_at",
        "next_poll_at", "interval_s", "last_error",
    ]  # fmt: skip
    assert first["url"] == "https://h.example/feed"
    assert first["source"] == {"slug": "hespress", "name": "هسبريس", "owner": "press-house"}
    assert (first["status"], first["entry_count"], first["last_error"]) == ("healthy", 1, None)
    assert second["last_error"] == {"kind": "timeout"}


def test_what_went_wrong_in_words_is_for_operators(
    driss: Browser, amina: Browser, brahim: Browser, chaimae: Browser, newsroom: Database
) -> None:
    """The words name addresses and ports of the network that Marsad is in."""
    detail = "router.example is 10.0.0.1, which is not a public address"
    with newsroom.write() as session:
        refused = {"status": "unreachable", "error_kind": "address_refused", "error_detail": detail}
        session.execute(update(Feed).where(Feed.id == 2).values(refused))
    for visitor in (driss, amina, brahim):
        for path in ("/api/v1/feeds", "/sources", "/sources/hespress"):
            answer = visitor.get(path)
            assert answer.status_code == 200
            assert "10.0.0.1" not in answer.get_data(as_text=True)
    shown = chaimae.get("/api/v1/feeds").get_json()["feeds"][1]["last_error"]
    assert shown == {"kind": "address_refused", "detail": detail}
    assert "10.0.0.1" in chaimae.get("/operate/feeds/2").get_data(as_text=True)


def test_it_takes_no_parameters(driss: Browser) -> None:
    answer = driss.get("/api/v1/feeds?status=failing")
    assert answer.status_code == 400
    assert answer.get_json()["error"]["message"].startswith("status: ")
