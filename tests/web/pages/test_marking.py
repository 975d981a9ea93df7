"""Marking entries by forms and by scripts: read, unread, all, undone; stars and tags."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from aggregator.services.reading import marking
from aggregator.storage.engine import Database
from aggregator.storage.models import SourceSubscription
from tests.builders import NOW
from tests.web.browser import Browser

JSON = {"Accept": "application/json"}
ENGLISH = {"Accept-Language": "en"}


def ask(browser: Browser, url: str, language: str = "en", **fields: str) -> TestResponse:
    """Send a form as our scripts do."""
    headers = JSON | {"X-CSRFToken": browser.form_token(), "Accept-Language": language}
    return browser.client.post(url, data=fields, headers=headers)


def unread(browser: Browser) -> list[int]:
    entries = browser.get("/api/v1/entries?unread=1").get_json()["entries"]
    return [entry["id"] for entry in entries]


# --- read and unread -------------------------------------------------------------------------


def test_a_form_goes_back_and_says_what_it_did_once(amina: Browser) -> None:
    answer = amina.post("/entries/read", ids="1,3", on="1", next="/?lang=fr")
    assert (answer.status_code, answer.location) == (303, "/?lang=fr")
    assert unread(amina) == []  # 2 is a copy of 1
    page = amina.get("/", headers=ENGLISH).text
    assert "عُلِّم مقالان كمقروءين" in page
    token = re.search(r'name="undo" value="([^"]+)"', page)
    assert token
    assert "عُلِّم مقالان كمقروءين" not in amina.get("/").text
    answer = amina.post("/entries/undo", undo=token[1], next="//evil.test")
    assert (answer.status_code, answer.location) == (303, "/")
    assert unread(amina) == [3, 2, 1]


def test_a_script_gets_json(amina: Browser, newsroom: Database) -> None:
    with newsroom.write() as session:
        for source_id in (2, 3):
            row = {"user_id": 1, "source_id": source_id, "followed_at": NOW}
            session.execute(insert(SourceSubscription), row)
    answer = ask(amina, "/entries/read", ids="1", on="1").get_json()
    token = answer.pop("undo")
    assert answer == {
        "changed": [1, 2],
        "count": 1,
        "message": "1 article marked as read",
        "unread": {"medias24": 0, "kapitalis": 1},
        "total_unread": 1,
    }
    assert unread(amina) == [3]
    answer = ask(amina, "/entries/undo", "fr", undo=token).get_json()
    assert (answer["count"], answer["message"]) == (1, "1 article remis dans son état précédent")
    assert (answer["unread"], answer["total_unread"]) == ({"medias24": 1, "kapitalis": 1}, 2)
    assert unread(amina) == [3, 2, 1]
    again = ask(amina, "/entries/undo", undo=token)
    assert again.status_code == 404
    assert again.get_json()["error"] == {
        "code": "undo",
        "message": "It is too late to undo this change",
    }


def test_keeping_unread(amina: Browser) -> None:
    ask(amina, "/entries/read", ids="3", on="1")
    answer = ask(amina, "/entries/read", "ar", ids="3", on="0").get_json()
    assert (answer["changed"], answer["message"]) == ([3], "عُلِّم مقال واحد كغير مقروء")
    assert unread(amina) == [3, 2, 1]


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"up_to": "3"}, []),
        ({"up_to": "2"}, [3]),
        ({"up_to": "3", "above": "3"}, [2, 1]),
        ({"up_to": "3", "older_than": "1"}, [3, 2, 1]),
        ({"up_to": "3", "in": "source", "source": "kapitalis"}, [2, 1]),
        ({"up_to": "3", "country": "MA", "unread": "1"}, [3]),
        ({"up_to": "3", "lang": "ar"}, [3]),
        ({"up_to": "3", "in": "mine"}, [3, 2, 1]),
        ({"up_to": "3", "in": "starred"}, [3, 2, 1]),
        ({"up_to": "3", "above": "", "older_than": ""}, []),
    ],
)
def test_all_that_a_list_shows(
    amina: Browser, monkeypatch: pytest.MonkeyPatch, fields: dict[str, str], left: list[int]
) -> None:
    monkeypatch.setattr("web.pages.marking.now", lambda: NOW)
    answer = ask(amina, "/entries/read-all", **fields).get_json()
    assert unread(amina) == left
    assert bool(answer["undo"]) == (left != [3, 2, 1])


def test_one_reader_marks_nothing_for_another(amina: Browser, brahim: Browser) -> None:
    token = ask(amina, "/entries/read-all", up_to="3").get_json()["undo"]
    assert unread(brahim) == [3, 2, 1]
    assert ask(brahim, "/entries/undo", undo=token).status_code == 404
    assert unread(amina) == []


@pytest.mark.parametrize(
    ("url", "fields", "status"),
    [
        ("/entries/read", {"on": "1"}, 400),
        ("/entries/read", {"ids": "1,x", "on": "1"}, 400),
        ("/entries/read", {"ids": "1,,2", "on": "1"}, 400),
        ("/entries/read", {"ids": "-1", "on": "1"}, 400),
        ("/entries/read", {"ids": "٣", "on": "1"}, 400),
        ("/entries/read", {"ids": "99999999999", "on": "1"}, 400),
        ("/entries/read", {"ids": "1"}, 400),
        ("/entries/read", {"ids": "1", "on": "yes"}, 400),
        ("/entries/read", {"ids": ",".join(map(str, range(1, 502))), "on": "1"}, 400),
        ("/entries/read-all", {}, 400),
        ("/entries/read-all", {"up_to": "x"}, 400),
        ("/entries/read-all", {"up_to": "9999999999"}, 400),
        ("/entries/read-all", {"up_to": "3", "older_than": "0"}, 400),
        ("/entries/read-all", {"up_to": "3", "above": "99"}, 404),
        ("/entries/read-all", {"up_to": "3", "in": "elsewhere"}, 400),
        ("/entries/read-all", {"up_to": "3", "in": "tag:nothing"}, 404),
        ("/entries/read-all", {"up_to": "3", "source": "nobody"}, 404),
        ("/entries/undo", {}, 404),
        ("/entries/undo", {"undo": "\0"}, 404),
    ],
)
def test_what_makes_no_sense(amina: Browser, url: str, fields: dict[str, str], status: int) -> None:
    page = amina.post(url, **fields)
    assert page.status_code == status
    assert page.mimetype == "text/html"
    answer = ask(amina, url, **fields)
    assert answer.status_code == status
    assert set(answer.get_json()["error"]) == {"code", "message"}
    assert unread(amina) == [3, 2, 1]


@pytest.mark.parametrize("url", ["/entries/read", "/entries/read-all", "/entries/undo"])
def test_driss_marks_nothing(driss: Browser, url: str) -> None:
    assert driss.post(url, ids="1", on="1", up_to="3").status_code == 403
    answer = ask(driss, url, ids="1", on="1", up_to="3")
    assert answer.status_code == 401
    assert answer.get_json()["error"] == {
        "code": "sign_in_needed",
        "message": answer.get_json()["error"]["message"],
    }
    assert driss.get("/?unread=1").status_code == 303
    assert driss.get("/mine").status_code == 303


def test_without_a_token_nothing_is_done(amina: Browser) -> None:
    answer = amina.client.post("/entries/read", data={"ids": "1", "on": "1"}, headers=JSON)
    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "csrf"
    assert unread(amina) == [3, 2, 1]


def test_everybody_with_an_account_marks(brahim: Browser, chaimae: Browser) -> None:
    for person in (brahim, chaimae):
        assert ask(person, "/entries/read", ids="1", on="1").status_code == 200


# --- opening ---------------------------------------------------------------------------------


def test_opening_marks_read(amina: Browser, driss: Browser) -> None:
    assert driss.get("/entries/1").status_code == 200
    assert amina.get("/entries/1").status_code == 200
    assert unread(amina) == [3]


@pytest.mark.parametrize(
    "header",
    [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}],
)
def test_fetching_ahead_marks_nothing(amina: Browser, header: dict[str, str]) -> None:
    assert amina.get("/entries/1", headers=header).status_code == 200
    assert amina.client.head("/entries/1").status_code == 200
    assert unread(amina) == [3, 2, 1]


def test_a_mark_that_fails_is_not_shown(
    amina: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def busy(*_: Any) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(marking, "mark_opened", busy)
    assert amina.get("/entries/1").status_code == 200
    assert "entry 1 was not marked as read" in caplog.text
    assert unread(amina) == [3, 2, 1]


def test_an_entry_that_is_read_already_is_not_marked_again(
    amina: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    amina.get("/entries/1")
    monkeypatch.setattr(marking, "mark_opened", pytest.fail)
    amina.get("/entries/1")


# --- stars and tags --------------------------------------------------------------------------


def test_a_script_stars_and_tags(amina: Browser) -> None:
    starred = ask(amina, "/entries/3/star", on="1").get_json()
    assert starred == {"starred": True, "message": "Starred"}
    assert ask(amina, "/entries/3/star", on="0").get_json()["starred"] is False
    tagged = ask(amina, "/entries/3/tags", tags="b, a").get_json()
    assert tagged == {"tags": ["b", "a"], "message": "Tags added"}
    assert ask(amina, "/entries/3/tags/remove", tag="b").get_json()["tags"] == ["a"]


@pytest.mark.parametrize(
    ("url", "fields", "status"),
    [
        ("/entries/99/star", {"on": "1"}, 404),
        ("/entries/1/star", {"on": "x"}, 400),
        ("/entries/1/tags", {"tags": ""}, 400),
    ],
)
def test_errors_are_told_to_scripts_in_their_language(
    amina: Browser, url: str, fields: dict[str, str], status: int
) -> None:
    answer = ask(amina, url, "fr", **fields)
    assert answer.status_code == status
    assert re.search("[a-zé]", answer.get_json()["error"]["message"])
