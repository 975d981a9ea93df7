"""GET /api/v1/dispatches/ID, /api/v1/agencies and /api/v1/agencies/SLUG."""

from __future__ import annotations

import pytest

from aggregator.storage.engine import Database
from tests.builders import NOW
from tests.stories import FOUR
from tests.web.browser import Browser
from tests.web.pages.telling import tell


@pytest.fixture(autouse=True)
def told(newsroom: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dispatch, entry 4, told by four sources; one prints it without credit."""
    monkeypatch.setattr("web.api.dispatches.now", lambda: NOW)
    for number, entry in enumerate(FOUR):
        tell(newsroom, entry, f"source-{number}", position=9 + number, language=entry.language)


def test_a_dispatch_and_its_prints(driss: Browser) -> None:
    answer = driss.get("/api/v1/dispatches/4").get_json()
    assert (answer["id"], answer["agency"], answer["own"]) == (4, "map", False)
    first, second = answer["prints"]
    assert (first["entry"]["id"], first["credited"], first["form"]) == (4, True, None)
    assert (second["entry"]["id"], second["credited"]) == (6, False)
    assert second["form"] in ("whole", "cut", "rewritten")
    assert 0.3 < second["share"] <= 1
    assert second["delay_minutes"] is None


def test_the_id_of_a_print_finds_its_dispatch(driss: Browser) -> None:
    assert driss.get("/api/v1/dispatches/6").get_json()["id"] == 4
    assert driss.get("/api/v1/dispatches/5").status_code == 404
    assert driss.get("/api/v1/dispatches/4?limit=1").status_code == 400


def test_agencies_with_their_figures(driss: Browser) -> None:
    answer = driss.get("/api/v1/agencies").get_json()
    (agency,) = answer["agencies"]
    assert answer["days"] == 7
    assert (agency["slug"], agency["dispatches"], agency["taken_up"]) == ("map", 1, 1)
    assert (agency["prints"], agency["uncredited"], agency["uptake"]) == (2, 1, 1.0)


def test_an_agency_says_who_prints_it(driss: Browser) -> None:
    answer = driss.get("/api/v1/agencies/map?days=90").get_json()
    assert answer["days"] == 90
    assert [(each["prints"], each["uncredited"]) for each in answer["sources"]] == [(1, 1), (1, 0)]
    (latest,) = answer["latest"]
    assert (latest["entry"]["id"], latest["prints"], latest["uncredited"]) == (4, 2, 1)
    assert driss.get("/api/v1/agencies/nowhere").status_code == 404
    assert driss.get("/api/v1/agencies/map?days=8").status_code == 400
