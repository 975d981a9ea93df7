"""POST /api/v1/entries/read, star, tag, mark-all-read: what changes, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from aggregator.services.desk.backfill import run_backfill
from aggregator.storage.engine import Database
from tests.builders import NOW, make_entry
from tests.web.api.conftest import MakeProgram, Program
from tests.web.browser import Browser
from web.request import search_share
from web.request.auth import now
from web.request.security import MAX_REQUEST_BYTES

PATHS = ("read", "star", "tag", "mark-all-read")
FORM = "application/x-www-form-urlencoded"


def listed(program: Program, query: str) -> list[int]:
    return [entry["id"] for entry in program.get(f"/entries?{query}")["entries"]]


# --- what changes --------------------------------------------------------------------------------


def test_read_with_the_copies_and_again(program: Program, amina: Browser) -> None:
    for changed in ([1, 2], []):
        answer = program.change("/entries/read", ids=[1, 99], on=True)
        assert answer == {"changed": changed, "unknown": [99]}
    assert listed(program, "unread=1") == [3]
    assert amina.get("/api/v1/entries?unread=1").get_json()["entries"][0]["id"] == 3
    assert program.change("/entries/read", ids=[2], on=False)["changed"] == [1, 2]
    assert listed(program, "unread=1") == [3, 2, 1]


def test_on_is_meant_unless_it_says_off(program: Program) -> None:
    assert program.change("/entries/read", ids=[3])["changed"] == [3]
    assert program.change("/entries/star", ids=[3])["changed"] == [3]
    assert program.change("/entries/tag", ids=[3], tags=["ماء"])["changed"] == [3]


def test_star(program: Program, make_program: MakeProgram) -> None:
    assert program.change("/entries/star", ids=[3, 1, 99]) == {"changed": [1, 3], "unknown": [99]}
    assert listed(program, "starred=1") == [3, 1]
    assert [program.get(f"/entries/{id_}")["starred"] for id_ in (1, 2)] == [True, False]
    assert listed(make_program("Brahim"), "starred=1") == []
    assert program.change("/entries/star", ids=[1, 2], on=False)["changed"] == [1]
    assert listed(program, "starred=1") == [3]


def test_tag(program: Program) -> None:
    answer = program.change("/entries/tag", ids=[1, 3, 99], tags=["ماء", " Sport "])
    assert answer == {"changed": [1, 3], "unknown": [99]}
    assert listed(program, "tag=ماء") == listed(program, "tag=sport") == [3, 1]
    assert program.change("/entries/tag", ids=[1], tags=["SPORT"], on=False)["changed"] == [1]
    assert program.get("/entries/1")["tags"] == ["ماء"]


def test_pages_show_what_a_program_marked(program: Program, amina: Browser) -> None:
    amina.post("/sources/hespress/follow", on="1", as_before="1")
    before = amina.get("/mine?unread=1&view=entries").text
    program.change("/entries/read", ids=[1])
    after = amina.get("/mine?unread=1&view=entries").text
    assert "/entries/1" in before
    assert "/entries/1" not in after


def test_mark_everything_read(program: Program) -> None:
    for count in (2, 0):  # a copy is no entry of its own
        assert program.change("/entries/mark-all-read") == {"count": count, "more": False}
    assert listed(program, "unread=1") == []


def test_mark_a_source_read(program: Program) -> None:
    assert program.change("/entries/mark-all-read", source="kapitalis")["count"] == 1
    assert listed(program, "unread=1") == [2, 1]
    assert program.send("/entries/mark-all-read", source="nobody").status_code == 404


def test_mark_a_topic_read(program: Program, water: str, newsroom: Database) -> None:
    run_backfill(newsroom, now())
    assert program.change("/entries/mark-all-read", topic=water)["count"] == 1
    assert listed(program, "unread=1") == [3]
    assert program.send("/entries/mark-all-read", topic="nobody").status_code == 404


def test_what_arrived_later_is_not_marked(program: Program, newsroom: Database) -> None:
    with newsroom.write() as session:
        make_entry(session, 1, "later", fetched_at=NOW + timedelta(hours=1))
    before = (NOW + timedelta(minutes=30)).isoformat()
    program.change("/entries/mark-all-read", before=before)
    assert listed(program, "unread=1") == [4]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("read", "ids=1,3&on=1"),
        ("star", "ids=1,3"),
        ("tag", "ids=1,3&tags=a,%D9%85%D8%A7%D8%A1"),
        ("tag", "ids=1,3&tags=a%D8%8C b"),
    ],
)
def test_a_form_does_as_well(program: Program, path: str, form: str) -> None:
    answer = program.client.post(
        f"/api/v1/entries/{path}", data=form, content_type=FORM, headers=program.headers
    )
    assert answer.status_code == 200, answer.text
    assert set(answer.get_json()["changed"]) >= {1, 3}


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("read", {}, "ids"),
        ("read", {"ids": []}, "ids"),
        ("read", {"ids": [0]}, "ids"),
        ("read", {"ids": [-1]}, "ids"),
        ("read", {"ids": [2**31]}, "ids"),
        ("read", {"ids": [True]}, "ids"),
        ("read", {"ids": ["1"]}, "ids"),
        ("read", {"ids": [1.5]}, "ids"),
        ("read", {"ids": 1}, "ids"),
        ("read", {"ids": None}, "ids"),
        ("read", {"ids": list(range(1, 502))}, "ids"),
        ("read", {"ids": [1], "on": "1"}, "on"),
        ("read", {"ids": [1], "on": None}, "on"),
        ("read", {"ids": [1], "off": True}, "off"),
        ("tag", {"ids": [1]}, "tags"),
        ("tag", {"ids": [1], "tags": []}, "tags"),
        ("tag", {"ids": [1], "tags": "a"}, "tags"),
        ("tag", {"ids": [1], "tags": [1]}, "tags"),
        ("tag", {"ids": [1], "tags": ["a"] * 51}, "tags"),
        ("mark-all-read", {"source": "a b"}, "source"),
        ("mark-all-read", {"source": ["hespress"]}, "source"),
        ("mark-all-read", {"before": "yesterday"}, "before"),
        ("mark-all-read", {"before": "2026-11-24T02:18:48"}, "before"),
        ("mark-all-read", {"before": "2026-13-24T02:18:48Z"}, "before"),
        ("mark-all-read", {"before": "0001-01-01T00:00:00+10:00"}, "before"),
        ("mark-all-read", {"before": 1796064991}, "before"),
    ],
)
def test_slips_are_named(program: Program, path: str, body: dict[str, Any], named: str) -> None:
    answer = program.send(f"/entries/{path}", **body)
    assert answer.status_code == 400
    error = answer.get_json()["error"]
    assert error["code"] == "bad_request"
    assert error["message"].startswith(f"{named}:")


@pytest.mark.parametrize("tag", ["", " ", "a\0b", "..", "a" * 61, "\ud800"])
def test_what_is_no_tag_is_refused(program: Program, tag: str) -> None:
    answer = program.send("/entries/tag", ids=[1], tags=["ماء", tag])
    assert answer.status_code == 400
    assert program.get("/entries/1")["tags"] == []


@pytest.mark.parametrize(
    "form",
    ["", "ids=", "ids=1,,2", "ids=a", "ids=1&ids=2", "ids=1&on=true", "ids=١", "ids=" + "9" * 5000],
)
def test_slips_of_forms(program: Program, form: str) -> None:
    answer = program.client.post(
        "/api/v1/entries/read", data=form, content_type=FORM, headers=program.headers
    )
    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "bad_request"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body", ["", "[1]", "null", "1", '{"ids": [1]', "[" * 9000, '{"ids": [' + "9" * 5000 + "]}"]
)
def test_what_is_no_json_object(program: Program, path: str, body: str) -> None:
    answer = program.client.post(
        f"/api/v1/entries/{path}",
        data=body,
        content_type="application/json",
        headers=program.headers,
    )
    assert answer.status_code == 400
    assert answer.get_json()["error"]["message"].startswith(("body:", "ids:"))


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "", "text/json"])
def test_other_media_types_are_refused(program: Program, kind: str) -> None:
    answer = program.client.post(
        "/api/v1/entries/read", data=b'{"ids": [1]}', content_type=kind, headers=program.headers
    )
    assert answer.status_code == 415
    assert "application/json" in answer.get_json()["error"]["message"]


@pytest.mark.parametrize("path", PATHS)
def test_a_query_is_no_body(program: Program, path: str) -> None:
    answer = program.send(f"/entries/{path}?ids=1", ids=[1])
    assert answer.status_code == 400
    assert answer.get_json()["error"]["message"].startswith("ids: no such parameter")


@pytest.mark.parametrize("kind", ["application/json", FORM])
def test_large_bodies_are_refused(program: Program, kind: str) -> None:
    answer = program.client.post(
        "/api/v1/entries/read",
        data=b" " * (MAX_REQUEST_BYTES + 1),
        content_type=kind,
        headers=program.headers,
    )
    assert answer.status_code == 413
    assert answer.get_json()["error"]["code"] == "too_large"


def test_pages_of_other_sites_are_refused_even_with_a_token(program: Program) -> None:
    answer = program.client.post(
        "/api/v1/entries/star",
        json={"ids": [1]},
        headers=program.headers | {"Origin": "https://evil.example"},
    )
    assert answer.status_code == 400
    assert listed(program, "starred=1") == []


def test_who_changes_too_much_waits(
    program: Program, make_program: MakeProgram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_share, "MIN_COST_S", 4.0)
    for _ in range(3):
        program.change("/entries/star", ids=[1])
    answer = program.send("/entries/star", ids=[1])
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.get_json()["error"]["code"] == "rate"
    program.get("/search?q=a")  # a share of its own
    make_program("Brahim").change("/entries/star", ids=[1])
