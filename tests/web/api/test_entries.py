"""GET /api/v1/entries: the promised shape, every parameter, every slip."""

from __future__ import annotations

import pytest

from aggregator.storage.engine import Database
from tests.builders import make_entry
from tests.web.browser import Browser
from tests.web.conftest import MakeApp

KEYS = ["id", "guid", "url", "title", "author", "summary", "published_at", "updated_at",
        "fetched_at", "language", "direction", "source", "feed_id", "story_id", "duplicate_of",
        "reprint_of", "containment", "change", "left_feed_at", "tags"]  # fmt: skip


def ids(browser: Browser, query: str = "") -> list[int]:
    answer = browser.get(f"/api/v1/entries{query}")
    assert answer.status_code == 200, answer.text
    return [entry["id"] for entry in answer.get_json()["entries"]]


def test_the_shape_of_a_list(driss: Browser) -> None:
    answer = driss.get("/api/v1/entries")
    assert answer.content_type == "application/json"
    body = answer.get_json()
    assert list(body) == ["entries", "next_cursor"]
    assert body["next_cursor"] is None
    entry = body["entries"][2]
    assert list(entry) == KEYS
    assert entry["title"] == "امتلاء السدود"
    assert entry["published_at"] == "2026-11-02T05:00:00Z"
    assert entry["updated_at"] is None
    assert entry["source"] == {"slug": "hespress", "name": "هسبريس", "owner": "press-house"}
    assert entry["tags"] == []
    assert body["entries"][1]["duplicate_of"] == 1
    assert "امتلاء السدود" in answer.text


def test_the_shape_of_an_entry(driss: Browser) -> None:
    entry = driss.get("/api/v1/entries/1").get_json()
    assert list(entry) == [*KEYS, "content", "enclosures", "categories"]
    assert entry["content"] == "<p>نص المقال</p>"
    assert entry["categories"] == ["ماء"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [3, 2, 1]),
        ("?collapse=1", [3, 1]),
        ("?collapse=0", [3, 2, 1]),
        ("?source=medias24", [2]),
        ("?source=medias24&collapse=1", [2]),
        ("?feed=1", [1]),
        ("?lang=fr", [3, 2]),
        ("?country=MA", [2, 1]),
        ("?country=MA&lang=fr", [2]),
        ("?limit=1", [3]),
        ("?starred=0", [3, 2, 1]),
    ],
)
def test_filters(driss: Browser, query: str, expected: list[int]) -> None:
    assert ids(driss, query) == expected


def test_tags_and_stars_are_those_of_who_asks(amina: Browser, brahim: Browser) -> None:
    amina.post("/entries/1/tags", tags="ماء")
    amina.post("/entries/3/star", on="1")
    assert ids(amina, "?tag=ماء") == [1]
    assert ids(amina, "?starred=1") == [3]
    assert ids(brahim, "?tag=ماء") == []
    assert amina.get("/api/v1/entries/1").get_json()["tags"] == ["ماء"]
    assert brahim.get("/api/v1/entries/1").get_json()["tags"] == []


def test_the_list_goes_on(driss: Browser, newsroom: Database) -> None:
    with newsroom.write() as session:
        for number in range(7):
            make_entry(session, 1, f"more {number}", age=number)
    found: list[int] = []
    url = "/api/v1/entries?limit=3"
    while True:
        body = driss.get(url).get_json()
        found += [entry["id"] for entry in body["entries"]]
        if body["next_cursor"] is None:
            break
        url = f"/api/v1/entries?limit=3&cursor={body['next_cursor']}"
    assert len(found) == len(set(found)) == 10


@pytest.mark.parametrize(
    ("query", "code", "name"),
    [
        ("?limit=0", "bad_request", "limit"),
        ("?limit=201", "bad_request", "limit"),
        ("?limit=ten", "bad_request", "limit"),
        ("?limit=", "bad_request", "limit"),
        ("?limit=١", "bad_request", "limit"),
        ("?limit=1&limit=2", "bad_request", "limit"),
        ("?feed=x", "bad_request", "feed"),
        ("?feed=99", "bad_request", "feed"),
        ("?feed=99999999999999999999", "bad_request", "feed"),
        ("?source=nobody", "bad_request", "source"),
        ("?source=%00", "bad_request", "source"),
        ("?country=Morocco", "bad_request", "country"),
        ("?lang=%3Cscript%3E", "bad_request", "lang"),
        ("?starred=yes", "bad_request", "starred"),
        ("?collapse=", "bad_request", "collapse"),
        ("?cursor=nonsense", "bad_request", "cursor"),
        ("?page=2", "bad_request", "page"),
        ("?topic=none", "bad_request", "topic"),
        ("?unread=yes", "bad_request", "unread"),
    ],
)
def test_slips_are_named(driss: Browser, query: str, code: str, name: str) -> None:
    answer = driss.get(f"/api/v1/entries{query}")
    assert answer.status_code == 400
    error = answer.get_json()["error"]
    assert error["code"] == code
    assert error["message"].startswith(f"{name}: ")


@pytest.mark.parametrize("tag", ["", "%00", "x" * 61])
def test_a_tag_that_cannot_be(amina: Browser, tag: str) -> None:
    assert amina.get(f"/api/v1/entries?tag={tag}").status_code == 400


@pytest.mark.parametrize("entry_id", ["0", "99", "99999999999999999999", "x"])
def test_no_such_entry(driss: Browser, entry_id: str) -> None:
    answer = driss.get(f"/api/v1/entries/{entry_id}")
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] == "not_found"


def test_an_entry_takes_no_parameters(driss: Browser) -> None:
    assert driss.get("/api/v1/entries/1?full=1").status_code == 400


def test_what_is_unread_and_what_was_read(amina: Browser, driss: Browser) -> None:
    amina.post("/entries/read", ids="3", on="1")
    assert ids(amina, "?unread=1") == [2, 1]
    assert ids(amina, "?unread=1&collapse=1&country=MA") == [1]
    listed = amina.get("/api/v1/entries").get_json()["entries"]
    assert {entry["id"]: entry["read"] for entry in listed} == {3: True, 2: False, 1: False}
    assert amina.get("/api/v1/entries/3").get_json()["read"] is True
    assert "read" not in driss.get("/api/v1/entries/3").get_json()


def test_looking_at_the_api_marks_nothing(amina: Browser) -> None:
    amina.get("/api/v1/entries/1")
    assert amina.get("/api/v1/entries/1").get_json()["read"] is False


@pytest.mark.parametrize("query", ["?tag=a", "?starred=1", "?unread=1"])
def test_driss_has_no_tags(driss: Browser, query: str) -> None:
    answer = driss.get(f"/api/v1/entries{query}")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.get_json()["error"]["code"] == "sign_in_needed"


def test_where_reading_is_not_public(make_app: MakeApp) -> None:
    app = make_app(public_reading=False)
    program, amina = Browser(app), Browser(app)
    for url in ("/api/v1/entries", "/api/v1/entries/1", "/api/v1/feeds"):
        answer = program.get(url)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    amina.sign_in("Amina")
    assert ids(amina) == [3, 2, 1]
    token = amina.post("/account/tokens", label="x").text.split("<code>")[1].split("</code>")[0]
    headers = {"Authorization": f"bearer {token}"}
    assert program.get("/api/v1/entries", headers=headers).status_code == 200


def test_a_token_asks_for_what_is_tagged_starred_and_unread_at_once(amina: Browser) -> None:
    amina.post("/entries/1/tags", tags="ماء")
    amina.post("/entries/3/tags", tags="ماء")
    amina.post("/entries/3/star", on="1")
    page = amina.post("/account/tokens", label="x").text
    headers = {"Authorization": f"Bearer {page.split('<code>')[1].split('</code>')[0]}"}

    def asked(query: str) -> list[int]:
        answer = amina.client.get(f"/api/v1/entries?{query}", headers=headers)
        return [entry["id"] for entry in answer.get_json()["entries"]]

    assert asked("tag=ماء") == [3, 1]
    assert asked("tag=ماء&starred=1&unread=1") == [3]
    amina.post("/entries/read", ids="3", on="1")
    assert asked("tag=ماء&unread=1") == [1]
    assert asked("tag=ماء&starred=1&unread=1") == []


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Basic YTpi", "", "Bearer \xff"])
def test_a_wrong_token_is_said_even_where_reading_is_public(driss: Browser, header: str) -> None:
    answer = driss.get("/api/v1/entries", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_nothing_new_costs_nothing(driss: Browser) -> None:
    first = driss.get("/api/v1/entries")
    again = driss.get("/api/v1/entries", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.data == b""


def test_other_methods(driss: Browser) -> None:
    assert driss.client.head("/api/v1/entries").status_code == 200
    assert driss.client.options("/api/v1/entries").status_code == 200
