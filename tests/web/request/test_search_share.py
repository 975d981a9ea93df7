"""What a search may cost: each request a budget, each address a share."""

from __future__ import annotations

import pytest
from flask import Flask

from aggregator.errors import TooManyRequests
from aggregator.storage import engine
from tests.web.browser import Browser
from web.request import database, search_share
from web.request.search_share import Shares

SEARCHES = ("/search?q=dams", "/api/v1/search?q=dams", "/api/v1/entries?q=dams")


@pytest.fixture
def nothing_affordable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "READ_BUDGET_S", 1e-9)
    monkeypatch.setattr(engine, "_BUDGET_STEPS", 1)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ar", "هذا الطلب يستغرق وقتا طويلا"),
        ("fr", "Cette demande prend trop de temps"),
        ("en", "This takes too long"),
    ],
)
def test_a_page_that_costs_too_much_says_so(
    nothing_affordable: None, driss: Browser, language: str, sentence: str
) -> None:
    for path in ("/search?q=dams", "/", "/sources", "/topics"):
        page = driss.get(path, headers={"Accept-Language": language})
        assert page.status_code == 503, path
        assert sentence in page.text


def test_so_does_the_api(nothing_affordable: None, driss: Browser) -> None:
    answer = driss.get("/api/v1/search?q=dams")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "costly")


def test_the_next_request_has_its_own_budget(driss: Browser) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "READ_BUDGET_S", 1e-9)
        patch.setattr(engine, "_BUDGET_STEPS", 1)
        assert driss.get("/search?q=dams").status_code == 503
    assert driss.get("/search?q=dams").status_code == 200


@pytest.mark.parametrize("path", SEARCHES)
def test_an_address_has_a_share(
    app: Flask, driss: Browser, amina: Browser, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(search_share, "MIN_COST_S", 5.0)
    statuses = [driss.get(path).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429] or statuses == [200, 200, 429, 429]
    refused = driss.get(path)
    assert int(refused.headers["Retry-After"]) >= 1
    other = {"REMOTE_ADDR": "192.0.2.7"}
    assert driss.get(path, environ_overrides=other).status_code == 200
    assert driss.get("/").status_code == 200, "only searches are charged"
    assert amina.get("/search?q=dams").status_code == 200, "a reader has a share of their own"


def test_an_empty_or_a_wrong_query_costs_nothing(
    driss: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_share, "MIN_COST_S", 1000.0)
    for _ in range(3):
        assert driss.get("/search").status_code == 200
        assert driss.get("/search?q=source:").status_code == 400


def test_a_share_comes_back_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    shares = Shares(lambda: now)
    shares.require("a")
    shares.use("a", 14.0)
    with pytest.raises(TooManyRequests) as error:
        shares.require("a")
    assert error.value.wait.total_seconds() == 16
    shares.require("b")
    now += 16.0
    shares.require("a")
    shares.use("a", 1.0)
    with pytest.raises(TooManyRequests):
        shares.require("a")


def test_only_so_many_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_share, "MAX_REMEMBERED", 3)
    shares = Shares()
    for number in range(10):
        shares.use(str(number), 100.0)
    for number in range(10):
        if number < 7:
            shares.require(str(number))
        else:
            with pytest.raises(TooManyRequests):
                shares.require(str(number))
