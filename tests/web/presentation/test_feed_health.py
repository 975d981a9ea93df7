"""The health of a feed in words and as a chart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from aggregator.process.feeds.health import PROBLEM_KINDS
from aggregator.types import FeedDay, FeedHealthPage
from tests.web.samples import FEED, source
from web.presentation import feed_health
from web.request import i18n

TODAY = date(2026, 11, 1)
DAYS = (FeedDay(TODAY - timedelta(days=1), 4, 2, 10), FeedDay(TODAY, 3, 0, 1))


@pytest.fixture
def app() -> Flask:
    app = Flask("web")
    i18n.init_app(app)
    feed_health.init_app(app)
    return app


@pytest.fixture
def language(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    with app.test_request_context("/", headers={"Accept-Language": request.param}):
        yield request.param


def speaks(language: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("language", [language], indirect=True)


@speaks("en")
@pytest.mark.usefixtures("language")
def test_a_chart_in_paths_and_in_words() -> None:
    chart = feed_health.feed_chart(DAYS)
    assert (chart.width, chart.height) == (8, 31)
    assert chart.entries == "M0 24v-24h3v24zM4 24v-2h3v2z"
    assert chart.failures == "M0 24v4h3v-4z"
    assert chart.label == "Last 2 days: 11 new articles, 7 polls, 2 failures."


@speaks("ar")
@pytest.mark.usefixtures("language")
def test_time_runs_in_the_direction_of_the_page() -> None:
    chart = feed_health.feed_chart(DAYS)
    assert chart.entries == "M0 24v-2h3v2zM4 24v-24h3v24z"
    assert chart.label == "آخر يومين: 11 مقالا جديدا، 7 تحديثات، فشل اثنان منها."


@speaks("en")
@pytest.mark.usefixtures("language")
def test_a_feed_that_was_never_polled_has_an_empty_chart() -> None:
    chart = feed_health.feed_chart((FeedDay(TODAY),))
    assert (chart.entries, chart.polls, chart.failures) == ("", "", "")


@speaks("fr")
@pytest.mark.usefixtures("language")
@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (None, ""),
        (0, "aucun article ces derniers jours"),
        (0.4, "moins d’un article par jour"),
        (1.4, "1 article par jour"),
        (12.6, "13 articles par jour"),
    ],
)
def test_entries_a_day(rate: float | None, text: str) -> None:
    assert feed_health.rate_text(replace(FEED, entries_per_day=rate)) == text


@pytest.mark.parametrize(
    ("language", "seconds", "text"),
    [
        ("ar", 5, "دقيقة"),
        ("ar", 150, "دقيقتان"),
        ("fr", 720, "12 minutes"),
        ("en", 9000, "2 hours"),
    ],
    indirect=["language"],
)
@pytest.mark.usefixtures("language")
def test_spans_of_time(seconds: int, text: str) -> None:
    assert feed_health.duration_text(seconds) == text


def test_what_wants_attention() -> None:
    board = FeedHealthPage(
        (), {"gone": 1, "unreachable": 2, "moved": 1, "slow": 5, "healthy": 9}, None
    )
    assert feed_health.attention_count(board) == 4


@speaks("fr")
@pytest.mark.usefixtures("language")
def test_a_day() -> None:
    assert feed_health.day_text(DAYS[1]) == "1er novembre"


def test_the_line_of_the_config() -> None:
    assert feed_health.config_line('https://x.example/"é') == 'url = "https://x.example/\\"é"'


def test_a_source_is_as_well_as_its_worst_feed_in_use() -> None:
    failing = replace(FEED, status="failing")
    unused = replace(FEED, status="gone", enabled=False)
    assert feed_health.source_status(source("MA", feeds=(FEED, unused))) == "healthy"
    assert feed_health.source_status(source("MA", feeds=(FEED, failing))) == "failing"
    assert feed_health.source_status(source("MA", feeds=(FEED,), enabled=False)) == "disabled"
    assert feed_health.source_status(source("MA")) == "disabled"


@pytest.mark.parametrize("spoken", i18n.LANGUAGES)
@pytest.mark.parametrize("kind", sorted(PROBLEM_KINDS))
def test_every_failure_has_a_sentence_and_advice(app: Flask, spoken: str, kind: str) -> None:
    failing = replace(FEED, status="failing", error_kind=kind, error_detail="HTTP 418")
    with app.test_request_context("/", headers={"Accept-Language": spoken}):
        said = feed_health.feed_sentence(failing), feed_health.feed_advice(failing)
    for sentence in said:
        assert sentence.endswith(".")
        assert "_" not in sentence
        assert "418" not in sentence


@speaks("en")
@pytest.mark.usefixtures("language")
def test_a_healthy_feed_needs_no_advice() -> None:
    recovered = replace(FEED, error_kind="timeout")
    assert feed_health.feed_sentence(recovered) == "It is polled regularly, without problems."
    assert feed_health.feed_advice(recovered) == ""


@speaks("en")
@pytest.mark.usefixtures("language")
def test_a_failure_without_a_name_is_still_a_sentence() -> None:
    failing = replace(FEED, status="failing", error_kind="unheard_of")
    assert feed_health.feed_sentence(failing).startswith("The last poll failed")
