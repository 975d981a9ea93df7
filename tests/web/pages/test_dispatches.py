"""Pages of dispatches and agencies: who printed what, tables, links from entries and stories."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest

from tests.builders import NOW
from tests.web.browser import Browser

pytestmark = pytest.mark.usefixtures("told")


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day on which the articles were published."""
    monkeypatch.setattr("web.pages.dispatches.now", lambda: NOW)


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_dispatch_says_who_printed_it_and_with_what_credit(driss: Browser) -> None:
    page = driss.get("/dispatches/4").text
    assert 'href="/entries/6"' in page
    assert "دون ذكر الوكالة" in page
    assert "لا حكم على أحد" in page
    # The dispatch is known by its credit alone: nobody polls the agency here.
    assert "لا نملك نصها الأصلي" in page


def test_the_id_of_a_print_leads_to_its_dispatch(driss: Browser) -> None:
    assert driss.get("/dispatches/6").location == "/dispatches/4"
    assert driss.get("/dispatches/5").status_code == 404
    assert 'href="/dispatches/4"' in driss.get("/entries/6").text
    assert "/dispatches/" not in driss.get("/entries/5").text
    assert 'href="/dispatches/4"' in driss.get("/stories/4").text


def test_prints_as_a_table(driss: Browser) -> None:
    answer = driss.get("/dispatches/4.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    head, first, second = rows(answer.get_data(as_text=True))
    assert head[:5] == ["id", "published_at", "source", "title", "credited"]
    assert [(row[0], row[4]) for row in (first, second)] == [("4", "1"), ("6", "0")]
    assert second[6] in ("whole", "cut", "rewritten")
    assert 0.3 < float(second[7]) <= 1
    assert second[8].endswith("/entries/6")


def test_agencies_and_the_sources_that_print_them(driss: Browser) -> None:
    assert 'href="/agencies/map?days=7"' in driss.get("/agencies").text
    page = driss.get("/agencies/map?days=7").text
    assert 'href="/dispatches/4"' in page
    assert 'href="/agencies/map.csv?days=7"' in page
    head, *sources = rows(driss.get("/agencies/map.csv").get_data(as_text=True))
    assert head == ["source", "prints", "with_credit", "without_credit"]
    assert sorted(row[1:] for row in sources) == [["1", "0", "1"], ["1", "1", "0"]]


@pytest.mark.parametrize("path", ["/agencies?days=7&hl=en", "/agencies/map?days=30&hl=en"])
def test_a_figure_leads_to_exactly_what_it_counts(driss: Browser, path: str) -> None:
    page = driss.get(path).text
    figures = re.findall(r'<a class="figure" href="([^"]+)">(?:<bdi>)?(\d+)(%?)', page)
    assert len(figures) >= 4
    for address, number, percent in figures:
        found = driss.get(html.unescape(address)).text.partition("<main")[2]
        of_prints = not re.search("of=(volume|taken_up)", address)
        listed = re.findall(r'<li><a href="/(entries|dispatches)/', found)
        count = listed.count("entries" if of_prints else "dispatches")
        if not percent:  # the list of a share has its numerator
            assert count == int(number), address
        assert f"<span>{count} {'article' if of_prints else 'dispatch'}" in found


def test_a_source_that_always_credits_is_not_said_to_lack_dispatches(driss: Browser) -> None:
    _, *sources = rows(driss.get("/agencies/map.csv").get_data(as_text=True))
    (crediting,) = (row[0] for row in sources if row[3] == "0")
    page = driss.get(f"/agencies/map/dispatches?of=uncredited&source={crediting}&hl=en").text
    assert "No reprints of this kind" in page
    assert "No dispatches yet" not in page


def test_lists_of_figures_refuse_what_is_no_figure(driss: Browser) -> None:
    for query in ("of=all", "of=volume&source=hespress", "source=hespress", "cursor=x", "days=8"):
        assert driss.get(f"/agencies/map/dispatches?{query}").status_code == 400, query
    assert driss.get("/agencies/nowhere/dispatches").status_code == 404
    assert driss.get("/agencies/map/dispatches?of=prints&source=nobody").status_code == 404


def test_unknown_agencies_and_periods_are_refused(driss: Browser) -> None:
    assert driss.get("/agencies/nowhere").status_code == 404
    assert driss.get("/agencies/map?days=8").status_code == 400
    assert "لم تُرصد أي برقية" in driss.get("/agencies/afp").text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_pages_are_there_in_other_languages(driss: Browser, language: str) -> None:
    for path in ("/agencies", "/agencies/map", "/dispatches/4"):
        page = driss.get(f"{path}?hl={language}").text
        assert f'lang="{language}"' in page
        assert "dispatch." not in page
