"""GET /api/v1/research and /api/v1/research/entries."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from aggregator.errors import ResearchTooCostly
from aggregator.services.research import series
from aggregator.storage.engine import Database
from tests.builders import NOW, an_entry, store_entries
from tests.web.browser import Browser
from tests.web.research import DAMS, DAYS

pytestmark = pytest.mark.usefixtures("archive")


def test_series_beside_what_was_published(driss: Browser) -> None:
    answer = driss.get(f"/api/v1/research?q={DAMS}&q2=absent&{DAYS}&by=language").get_json()
    assert (answer["per"], answer["first_day"], answer["last_day"]) == (
        "day", "2026-11-01", "2026-11-02",
    )  # fmt: skip
    assert answer["starts"] == ["2026-10-31T23:00:00Z", "2026-11-01T23:00:00Z"]
    assert answer["published"] == [1, 3]
    dams, absent = answer["series"]
    assert (dams["total"], dams["counts"], dams["shares"]) == (3, [1, 2], [1.0, 2 / 3])
    assert (absent["counts"], absent["shares"]) == ([0, 0], [0.0, 0.0])
    assert [(each["group"], each["counts"]) for each in answer["groups"]] == [
        ("ar", [2, 0]), ("fr", [1, 0]),
    ]  # fmt: skip


def test_a_later_request_gets_the_same_answer(archive: Database, driss: Browser) -> None:
    first = driss.get(f"/api/v1/research?q={DAMS}&{DAYS}").get_json()
    with archive.write() as session:
        store_entries(session, 1, an_entry("السدود مرة أخرى", "https://h.example/l"), now=NOW)
    as_asked = f"asked={first['asked_at']}&upto={first['last_entry_id']}"
    assert driss.get(f"/api/v1/research?q={DAMS}&{DAYS}&{as_asked}").get_json() == first
    assert driss.get(f"/api/v1/research?q={DAMS}&{DAYS}").get_json()["series"] != first["series"]


def test_the_matches_come_in_pages(driss: Browser) -> None:
    address = f"/api/v1/research/entries?q={DAMS}&{DAYS}&limit=2"
    first = driss.get(address).get_json()
    rest = driss.get(f"{address}&cursor={first['next_cursor']}").get_json()
    found = [*first["entries"], *rest["entries"]]
    assert len({each["id"] for each in found}) == len(found) == 3
    assert (len(first["entries"]), rest["next_cursor"]) == (2, None)
    published = [each["published_at"] for each in found]
    assert published == sorted(published, reverse=True)


def test_without_a_query_all_chosen_entries_are_listed(driss: Browser) -> None:
    answer = driss.get(f"/api/v1/research/entries?source=hespress&{DAYS}").get_json()
    assert len(answer["entries"]) == 3


@pytest.mark.parametrize(
    "query",
    [
        "research", "research?q=", f"research?q={DAMS}&source=nowhere", f"research?q={DAMS}&x=1",
        f"research?q={DAMS}&per=hour&from=2026-01-01&to=2026-03-01", f"research?q={DAMS}&upto=x",
        "research?q=(", f"research/entries?q={DAMS}&cursor=x", f"research/entries?q2={DAMS}",
    ],
)  # fmt: skip
def test_wrong_values_are_refused(driss: Browser, query: str) -> None:
    answer = driss.get(f"/api/v1/{query}")
    assert answer.status_code == 400
    assert answer.get_json()["error"]["message"]


def test_a_breakdown_that_takes_too_long_has_a_code(
    driss: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "count_by_period", Mock(side_effect=ResearchTooCostly))
    answer = driss.get(f"/api/v1/research?q={DAMS}&{DAYS}&by=section")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "research_costly")


def test_an_hour_beyond_the_days_has_no_entries(driss: Browser) -> None:
    answer = driss.get(f"/api/v1/research/entries?q={DAMS}&{DAYS}&hour=2020-01-01T00:00:00Z")
    assert answer.get_json() == {"entries": [], "next_cursor": None}
