"""Pages of blind spots and first tellings: figures, the stories behind them, tables, the API."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from aggregator.services.operate.insight_days import update_insight_days
from aggregator.storage.engine import Database
from tests.builders import NOW
from tests.web.browser import Browser

pytestmark = pytest.mark.usefixtures("told")

LINK = re.compile(r'<a class="figure" href="(/insights/stories[^"]*)">(\d+)</a>')
ROW = re.compile(r'<th scope="row"><a class="target" href="/stories/(\d+)"')


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day on which the articles were published."""
    set_clock(monkeypatch, NOW)


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    for place in ("pages.insights", "feeds_out.insights", "api.insights", "request.changes"):
        monkeypatch.setattr(f"web.{place}.now", lambda: moment)


def rows(browser: Browser, address: str) -> list[list[str]]:
    answer = browser.get(address)
    assert answer.content_type == "text/csv; charset=utf-8"
    text = answer.get_data(as_text=True)
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize(("step", "summed_up"), [("day", False), ("week", True), ("month", True)])
def test_each_figure_leads_to_exactly_its_stories(
    driss: Browser,
    newsroom: Database,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    summed_up: bool,
) -> None:
    if summed_up:
        later = NOW.replace(day=20)
        update_insight_days(newsroom, ZoneInfo("Africa/Casablanca"), later)
        set_clock(monkeypatch, later)
    page = driss.get(f"/insights?by={step}&day=2026-11-02").text
    found = {html.unescape(address): int(number) for address, number in LINK.findall(page)}
    assert len(found) >= 7
    for address, number in found.items():
        assert len(ROW.findall(driss.get(address).text)) == number
        table = address.replace("/stories", "/stories.csv")
        assert len(rows(driss, table)) == 1 + number
        answer = driss.get(f"/api/v1{address}").json
        assert answer["total"] == len(answer["stories"]) == number


def test_a_story_says_who_was_first_and_by_how_much(driss: Browser) -> None:
    page = driss.get("/insights?day=2026-11-02").text
    assert 'href="/stories/4"' in page
    (story,) = (row for row in rows(driss, "/insights/stories.csv")[1:] if row[0] == "4")
    assert story[5].startswith("source-")
    assert int(story[7]) > 0
    assert story[9].endswith("/stories/4")


def test_kinds_and_sources_as_tables_and_as_json_are_the_same(driss: Browser) -> None:
    head, *kinds = rows(driss, "/insights.csv?by=week&day=2026-11-02")
    assert head == ["first_day", "last_day", "shared", "arabic", "french", "state", "abroad"]
    answer = driss.get("/api/v1/insights?by=week&day=2026-11-02").json
    assert [
        [each["first_day"], each["last_day"], *map(str, each["counts"].values())]
        for each in answer["series"]
    ] == kinds
    assert (
        kinds[-1][:2] == [answer["first_day"], answer["last_day"]] == ["2026-11-02", "2026-11-08"]
    )
    head, *sources = rows(driss, "/insights/sources.csv?by=week&day=2026-11-02")
    assert [row[0] for row in sources] == [each["source"] for each in answer["sources"]]
    assert [row[1] for row in sources] == [str(each["told"]) for each in answer["sources"]]


def test_days_without_shared_stories_say_so_and_lead_on(driss: Browser) -> None:
    page = driss.get("/insights?day=2026-10-01").text
    assert "لا أخبار مشتركة" in page
    assert 'href="/insights?day=2026-09-30"' in page
    assert 'href="/insights?day=2026-10-02"' in page
    assert "كيف نحسب" in page
    assert "ما لا يمكننا معرفته" in page
    assert 'href="/insights"' in driss.get("/").text


@pytest.mark.parametrize(
    "query", ["by=year", "day=tomorrow", "kind=secret", "role=first", "source=map&kind=arabic"]
)
def test_wrong_parameters_are_refused(driss: Browser, query: str) -> None:
    assert driss.get(f"/insights/stories?{query}").status_code == 400
    assert driss.get(f"/api/v1/insights/stories?{query}").status_code == 400


def test_unknown_sources_are_not_found(driss: Browser) -> None:
    assert driss.get("/insights/stories?source=nobody").status_code == 404
    assert driss.get("/insights/stories.csv?source=nobody").status_code == 404
    assert driss.get("/api/v1/insights/stories?source=nobody").status_code == 400


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_pages_are_there_in_other_languages(driss: Browser, language: str) -> None:
    for path in ("/insights", "/insights?by=month", "/insights/stories?by=week"):
        page = driss.get(f"{path}{'&' if '?' in path else '?'}hl={language}").text
        assert f'lang="{language}"' in page
        assert not re.search(r"[>\"]insights\.", page)
