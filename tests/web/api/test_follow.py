"""GET and POST /api/v1/follow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.api.conftest import MakeProgram, Program
from tests.web.browser import Browser

NOTHING: dict[str, list[Any]] = {"sources": [], "topics": [], "stories": []}


def test_follow_and_unfollow(program: Program, water: str, make_program: MakeProgram) -> None:
    wanted = {"sources": ["hespress", "nobody"], "topics": [water, "sea"], "stories": [1, 99]}
    for _ in range(2):
        assert program.change("/follow", **wanted) == {
            "sources": ["hespress"],
            "topics": ["water"],
            "stories": [1],
            "unknown": {"sources": ["nobody"], "topics": ["sea"], "stories": [99]},
        }
        followed = {"sources": ["hespress"], "topics": ["water"], "stories": [1]}
        assert program.get("/follow") == followed
    assert program.get("/topics/water")["followed"] is True
    assert make_program("Brahim").get("/follow") == NOTHING
    program.change("/follow", **wanted, on=False)
    assert program.get("/follow") == NOTHING


def test_the_pages_know_it(program: Program, amina: Browser) -> None:
    program.change("/follow", sources=["hespress"])
    assert amina.get("/api/v1/follow").get_json()["sources"] == ["hespress"]
    assert "https://h.example/feed" in amina.get("/following.opml").text


def test_a_form_does_as_well(program: Program) -> None:
    answer = program.client.post(
        "/api/v1/follow",
        data="sources=hespress,medias24&stories=1",
        content_type="application/x-www-form-urlencoded",
        headers=program.headers,
    )
    assert answer.status_code == 200
    assert program.get("/follow")["sources"] == ["hespress", "medias24"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"on": False},
        {"sources": []},
        {"sources": "hespress"},
        {"sources": ["a b"]},
        {"sources": ["A"]},
        {"topics": [1]},
        {"stories": ["1"]},
        {"stories": [0]},
        {"sources": [f"s{number}" for number in range(101)]},
        {"feeds": [1]},
    ],
)
def test_slips_are_refused(program: Program, body: dict[str, Any]) -> None:
    answer = program.send("/follow", **body)
    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "bad_request"


def test_what_cannot_be_a_slug_of_ours_is_unknown(program: Program) -> None:
    answer = program.change("/follow", sources=["x" * 5000], topics=["y" * 81])
    assert answer["unknown"] == {"sources": ["x" * 5000], "topics": ["y" * 81], "stories": []}


def test_visitors_follow_nothing(driss: Browser) -> None:
    assert driss.get("/api/v1/follow").status_code == 401
