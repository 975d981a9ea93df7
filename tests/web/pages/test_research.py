"""The researcher's desk: the form, the chart, the permanent address."""

from __future__ import annotations

import html
import re
from unittest.mock import Mock

import pytest

from aggregator.errors import ResearchTooCostly
from aggregator.services.research import series
from aggregator.storage.engine import Database
from tests.builders import NOW, an_entry, store_entries
from tests.web.browser import Browser
from tests.web.research import DAMS, DAYS
from web.feeds_out import parquet
from web.request.research import GROUPINGS, UNITS


def links(page: str) -> list[str]:
    return [html.unescape(each) for each in re.findall(r'href="([^"]+)"', page)]


def cells(page: str) -> list[str]:
    """The numbers of the tables, in order."""
    return re.findall(r"<td>(?:<a [^>]*>)?([\d.,]+)(?:</a>)? ?<", page)


def test_without_a_query_the_desk_explains_itself(newsroom: Database, driss: Browser) -> None:
    page = driss.get("/research?hl=en").text
    assert page.partition("<main")[2].count('type="search" name="q') == 4
    assert "<svg viewBox" not in page.partition("<main")[2]
    assert "How we count" in page


def test_queries_are_drawn_and_counted(archive: Database, driss: Browser) -> None:
    page = driss.get(f"/research?q={DAMS}&q2=%D9%85%D8%A8%D8%A7%D8%B1%D8%A7%D8%A9&{DAYS}").text
    assert page.count('<path class="line-1" d="M') == 2
    assert page.count('<path class="line-2" d="M') == 2
    # 2 November first: two of three entries on dams, one match on the game; then the day before.
    assert cells(page) == ["2", "1", "1", "0"]
    assert "<td>0</td>" in page  # a share of nothing is no figure


def test_time_runs_in_the_direction_of_the_page(
    archive: Database,
    driss: Browser,
) -> None:
    arabic = driss.get(f"/research?q={DAMS}&{DAYS}&hl=ar").text
    english = driss.get(f"/research?q={DAMS}&{DAYS}&hl=en").text
    assert 'd="M1000,150L0,0"' in arabic
    assert 'd="M0,150L1000,0"' in english


def test_shares_are_drawn_instead(archive: Database, driss: Browser) -> None:
    page = driss.get(f"/research?q={DAMS}&{DAYS}&show=share&hl=en").text
    assert 'd="M0,0L1000,100"' in page  # all of one entry, then two of three
    assert "<bdi>66.7%</bdi>" in page


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("grouping", GROUPINGS)
def test_a_number_leads_to_exactly_its_entries(
    archive: Database, driss: Browser, unit: str, grouping: str
) -> None:
    asked = f"q={DAMS}&q2=&q3=%D9%85%D8%A8%D8%A7%D8%B1%D8%A7%D8%A9+OR+lang:fr&{DAYS}"
    page = driss.get(f"/research?{asked}&per={unit}&by={grouping}&lang=&hl=en").text
    numbers = re.findall(r'<a href="(/research/entries\?[^"]+)">(\d+)[ <]', page)
    # Both totals; the periods with matches; each group with its matches and all that it published.
    assert len(numbers) > 6
    for address, number in numbers:
        found = driss.get(html.unescape(address)).text
        assert f"<span>{number} article" in found
        assert found.partition("<main")[2].count('<li><a href="/entries/') == int(number), address


def test_the_list_of_a_number_goes_on_and_stays_as_it_was(
    archive: Database, driss: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.research.PAGE_SIZE", 2)
    page = driss.get(f"/research?q={DAMS}&{DAYS}&hl=en").text
    address = next(each for each in links(page) if each.startswith("/research/entries?"))
    with archive.write() as session:
        store_entries(session, 1, an_entry("السدود مرة أخرى", "https://h.example/l"), now=NOW)
    first = driss.get(address).text
    assert "<span>3 articles</span>" in first
    (following,) = [each for each in links(first) if "cursor=" in each]
    listed = re.findall(r'<li><a href="(/entries/\d+)', first + driss.get(following).text)
    assert len(set(listed)) == len(listed) == 3


def test_an_hour_without_matches_says_so(archive: Database, driss: Browser) -> None:
    answer = driss.get(f"/research/entries?q={DAMS}&{DAYS}&hour=2026-11-01T01:00:00Z&hl=en")
    assert "<span>0 articles</span>" in answer.text
    assert "No results" in answer.text


def test_a_permanent_address_keeps_its_answer(archive: Database, driss: Browser) -> None:
    page = driss.get(f"/research?q={DAMS}&{DAYS}&by=source&show=share").text
    (permanent,) = [each for each in links(page) if "asked=" in each and "/research?" in each]
    with archive.write() as session:
        store_entries(session, 1, an_entry("السدود مرة أخرى", "https://h.example/l"), now=NOW)
    assert cells(driss.get(permanent).text) == cells(page)
    later = driss.get(f"/research?q={DAMS}&{DAYS}&by=source").text
    assert cells(later) != cells(page)


def test_sources_are_added_to_those_chosen(archive: Database, driss: Browser) -> None:
    address = f"/research?q={DAMS}&{DAYS}&source=hespress&source=medias24&source="
    page = driss.get(address).text
    assert re.findall(r'type="checkbox" name="source" value="([^"]+)" checked', page) == [
        "hespress",
        "medias24",
    ]
    assert cells(page) == ["2", "1"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (f"q={DAMS}&per=hour&from=2026-01-01&to=2026-03-01", "at most 31 days"),
        (f"q={DAMS}&from=2020-01-01&to=2026-03-01", "at most 800 days"),
        (f"q={DAMS}&per=week&from=1990-01-01&to=2026-03-01", "at most 20 years"),
        (f"q={DAMS}&per=month", "per"),
        (f"q={DAMS}&by=author", "by"),
        (f"q={DAMS}&show=all", "show"),
        (f"q={DAMS}&asked=yesterday", "asked"),
        (f"q={DAMS}&asked=9999-01-01T00:00:00Z", "asked"),
        (f"q={DAMS}&upto=-1", "upto"),
        (f"q={DAMS}&hour=12", "hour"),
        (f"q={DAMS}&from=1980-01-01", "1 January 1990"),
        (f"q={DAMS}&to=1989-12-31", "1 January 1990"),
        (f"q={DAMS}&to=0001-01-01", "1 January 1990"),
        (f"q={DAMS}&source={','.join(f's{number}' for number in range(21))}", "source"),
        ("q=(", "parenthes"),
    ],
)
def test_wrong_values_are_refused(
    newsroom: Database, driss: Browser, query: str, words: str
) -> None:
    answer = driss.get(f"/research?{query}&hl=en")
    assert answer.status_code == 400
    assert words in answer.text


@pytest.mark.parametrize(
    ("language", "words"),
    [("ar", "مدة أقصر"), ("fr", "une période plus courte"), ("en", "fewer days")],
)
def test_what_takes_too_long_says_what_to_ask_for_instead(
    archive: Database, driss: Browser, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    monkeypatch.setattr(series, "count_by_period", Mock(side_effect=ResearchTooCostly))
    answer = driss.get(f"/research?q={DAMS}&{DAYS}&by=section&hl={language}")
    assert answer.status_code == 503
    assert words in answer.text


def test_a_malformed_query_is_shown_where_it_is_wrong(newsroom: Database, driss: Browser) -> None:
    answer = driss.get("/research?q=a&q2=(b&hl=en")
    assert answer.status_code == 400
    assert 'value="a"' in answer.text
    assert "(</mark>" in answer.text


def test_without_pyarrow_there_is_no_link_to_parquet(
    archive: Database,
    driss: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = f"/research?q={DAMS}&{DAYS}&hl=en"
    assert "/research/series.parquet?" in driss.get(address).text
    monkeypatch.setattr(parquet, "is_available", lambda: False)
    page = driss.get(address).text
    assert ".parquet" not in page
    assert "pyarrow is not installed" in page
    answer = driss.get(f"/research/series.parquet?q={DAMS}&hl=en")
    assert answer.status_code == 400
    assert "pyarrow is not installed" in answer.text
