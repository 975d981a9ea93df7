"""Times, names, numbers and addresses as pages show them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from aggregator.process.health import KINDS
from aggregator.types import (
    Enclosure,
    EntryDetail,
    EntryFilter,
    EntryPage,
    EntrySummary,
    FeedHealth,
    LocalName,
    SourceOverview,
    SourceRef,
)
from web import feed_display, i18n, presentation
from web.presentation import Clock

NOW = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)
CLOCK = Clock(ZoneInfo("Africa/Casablanca"), now=lambda: NOW)
MAGHREBI = [
    "يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو",
    "يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر",
]  # fmt: skip

HESPRESS = SourceRef(1, "hespress", LocalName("هسبريس", "Hespress", "Hespress"), "MA", "ar")
ENTRY = EntrySummary(
    id=7,
    guid="g",
    url="https://example.org/7",
    title="PSG يفوز على الوداد",
    author="",
    summary="",
    image_url=None,
    language="ar",
    direction="rtl",
    word_count=400,
    published_at=NOW,
    updated_at=None,
    fetched_at=NOW,
    source=HESPRESS,
    feed_id=1,
    duplicate_of=None,
)
FEED = FeedHealth(
    id=1,
    url="https://example.org/feed",
    section="general",
    source=HESPRESS,
    enabled=True,
    status="healthy",
    entry_count=1,
    last_polled_at=NOW,
    last_success_at=NOW,
    next_poll_at=NOW,
    interval_s=300,
    error_kind=None,
    error_detail=None,
)


@pytest.fixture
def app() -> Flask:
    app = Flask("web")
    app.add_url_rule("/", "entries.index")
    app.add_url_rule("/sources/<slug>", "sources.show")
    i18n.init_app(app)
    presentation.init_app(app)
    return app


@pytest.fixture
def arabic(app: Flask) -> Iterator[None]:
    with app.test_request_context("/", headers={"Accept-Language": "ar"}):
        yield


@pytest.fixture
def french(app: Flask) -> Iterator[None]:
    with app.test_request_context("/", headers={"Accept-Language": "fr"}):
        yield


@pytest.fixture
def english(app: Flask) -> Iterator[None]:
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        yield


def source(country: str, **changes: Any) -> SourceOverview:
    overview = SourceOverview(
        source=replace(HESPRESS, country=country),
        site="https://example.org",
        ownership=None,
        enabled=True,
        entry_count=0,
        last_entry_at=None,
        feeds=(),
    )
    return replace(overview, **changes)


# --- times ------------------------------------------------------------------------------------


@pytest.mark.parametrize("month", range(1, 13))
def test_months_are_the_maghrebi_ones(month: int) -> None:
    written = presentation.date_text(date(2026, month, 5), "ar", year=True)
    assert written == f"5 {MAGHREBI[month - 1]} 2026"


def test_dates_as_newspapers_write_them() -> None:
    day = date(2026, 12, 1)
    assert presentation.date_text(day, "ar", year=True, weekday=True) == "الثلاثاء 1 دجنبر 2026"
    assert presentation.date_text(day, "fr", year=True, weekday=True) == "mardi 1er décembre 2026"
    assert presentation.date_text(date(2026, 12, 11), "fr", year=False) == "11 décembre"
    assert presentation.date_text(day, "en", year=True, weekday=True) == "Tuesday 1 December 2026"


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (-3, "الآن"),
        (0, "الآن"),
        (1, "قبل دقيقة"),
        (2, "قبل دقيقتين"),
        (3, "قبل 3 دقائق"),
        (10, "قبل 10 دقائق"),
        (11, "قبل 11 دقيقة"),
        (59, "قبل 59 دقيقة"),
        (60, "قبل ساعة"),
        (125, "قبل ساعتين"),
        (180, "قبل 3 ساعات"),
        (23 * 60, "قبل 23 ساعة"),
        (24 * 60, "23 نونبر، 14:05"),
        (400 * 24 * 60, "20 أكتوبر 2025، 14:05"),
    ],
)
def test_ago_in_arabic(minutes: int, words: str) -> None:
    assert CLOCK.ago(NOW - timedelta(minutes=minutes)) == words


@pytest.mark.usefixtures("french")
def test_ago_in_french_does_not_break_between_number_and_unit() -> None:
    assert CLOCK.ago(NOW - timedelta(minutes=1)) == "il y a 1\u00a0minute"
    assert CLOCK.ago(NOW - timedelta(hours=5)) == "il y a 5\u00a0heures"
    assert CLOCK.ago(NOW - timedelta(days=2)) == "22 novembre à 14:05"


@pytest.mark.usefixtures("english")
def test_times_to_come() -> None:
    assert CLOCK.until(NOW) == "in a moment"
    assert CLOCK.until(NOW + timedelta(minutes=7)) == "in 7 minutes"
    assert CLOCK.until(NOW + timedelta(hours=1)) == "in 1 hour"
    assert CLOCK.until(NOW + timedelta(days=3)) == "27 November, 14:05"


@pytest.mark.usefixtures("arabic")
def test_exact_times_are_moroccan_and_in_western_digits() -> None:
    assert CLOCK.exact(NOW) == "الثلاثاء 24 نونبر 2026، 14:05"
    in_ramadan = datetime(2026, 2, 25, 13, 5, tzinfo=UTC)  # Morocco goes back to UTC for the month
    assert CLOCK.hour(in_ramadan) == "13:05"


@pytest.mark.usefixtures("arabic")
def test_entries_stand_under_their_moroccan_day() -> None:
    times = (
        NOW,
        datetime(2026, 11, 23, 23, 30, tzinfo=UTC),  # half past midnight in Casablanca
        datetime(2026, 11, 23, 22, 30, tzinfo=UTC),
        datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
        datetime(2025, 11, 20, 12, 0, tzinfo=UTC),
    )
    days = CLOCK.by_day(replace(ENTRY, published_at=time) for time in times)
    assert [(day.heading, len(day.entries)) for day in days] == [
        ("اليوم", 2),
        ("أمس", 1),
        ("الجمعة 20 نونبر", 1),
        ("الخميس 20 نونبر 2025", 1),
    ]


@pytest.mark.usefixtures("arabic")
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (0, ""),
        (30, "قراءة في دقيقة"),
        (400, "قراءة في دقيقتين"),
        (700, "قراءة في 4 دقائق"),
        (2200, "قراءة في 11 دقيقة"),
        (20_600, "قراءة في 103 دقائق"),
    ],
)
def test_reading_time(words: int, text: str) -> None:
    assert presentation.reading_time(words) == text


# --- names and numbers --------------------------------------------------------------------------


@pytest.mark.usefixtures("arabic")
def test_names_in_arabic() -> None:
    assert presentation.language_name("ar") == "العربية"
    assert presentation.language_name("fr-MA") == "الفرنسية"
    assert presentation.language_name("qqq") == "Qqq"
    assert presentation.country_name("MA") == "المغرب"
    assert presentation.country_name("XX") == "XX"
    assert presentation.source_name(HESPRESS) == "هسبريس"


@pytest.mark.usefixtures("french")
def test_names_in_french_stand_alone_with_a_capital() -> None:
    assert presentation.language_name("ar") == "Arabe"
    assert presentation.country_name("DZ") == "Algérie"
    assert presentation.number(1234.56) == "1\u202f234,6"
    assert presentation.file_size(3_456_789) == "3,5\u00a0Mo"
    assert presentation.file_size(0) == ""


@pytest.mark.usefixtures("arabic")
def test_countries_begin_at_home() -> None:
    groups = presentation.by_country(source(code) for code in ("FR", "DZ", "MA", "EG", "TN", "MA"))
    assert [(code, len(group)) for code, group in groups] == [
        ("MA", 2),
        ("DZ", 1),
        ("TN", 1),
        ("FR", 1),
        ("EG", 1),
    ]


@pytest.mark.usefixtures("arabic")
def test_browsers_keep_their_order_in_an_arabic_sentence() -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    assert presentation.device(firefox) == "<bdi>Firefox</bdi> على <bdi>Linux</bdi>"
    assert presentation.device("curl/8") == "متصفح غير معروف"


def test_isolated_values_are_escaped() -> None:
    assert presentation.bdi("<b>") == "<bdi>&lt;b&gt;</bdi>"


def test_excerpts_end_between_words() -> None:
    assert presentation.excerpt("قصير.", 20) == "قصير."
    assert presentation.excerpt("كلمة أولى، ثم ثانية وثالثة", 12) == "كلمة أولى…"
    assert presentation.excerpt("كلمة " * 80, 500).endswith("كلمة…")


@pytest.mark.usefixtures("arabic")
def test_plural_forms_for_browsers_carry_the_names_of_intl() -> None:
    forms = presentation.plural_forms("fresh.entries")
    assert list(forms) == ["zero", "one", "two", "few", "many", "other"]
    assert forms["two"] == "خبران جديدان"
    assert forms["many"] == "{n} خبرا جديدا"


# --- sources and feeds --------------------------------------------------------------------------


def test_a_source_is_as_well_as_its_worst_feed_in_use() -> None:
    failing = replace(FEED, status="failing")
    unused = replace(FEED, status="gone", enabled=False)
    assert feed_display.source_status(source("MA", feeds=(FEED, unused))) == "healthy"
    assert feed_display.source_status(source("MA", feeds=(FEED, failing))) == "failing"
    assert feed_display.source_status(source("MA", feeds=(FEED,), enabled=False)) == "disabled"
    assert feed_display.source_status(source("MA")) == "disabled"


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_failure_has_a_sentence_and_advice(app: Flask, language: str, kind: str) -> None:
    failing = replace(FEED, status="failing", error_kind=kind, error_detail="HTTP 418")
    with app.test_request_context("/", headers={"Accept-Language": language}):
        said = feed_display.feed_sentence(failing), feed_display.feed_advice(failing)
    for sentence in said:
        assert sentence.endswith(".")
        assert "_" not in sentence
        assert "418" not in sentence


@pytest.mark.usefixtures("english")
def test_a_healthy_feed_needs_no_advice() -> None:
    recovered = replace(FEED, error_kind="timeout")
    assert feed_display.feed_sentence(recovered) == "It is read regularly, without trouble."
    assert feed_display.feed_advice(recovered) == ""


@pytest.mark.usefixtures("english")
def test_a_failure_without_a_name_is_still_a_sentence() -> None:
    failing = replace(FEED, status="failing", error_kind="unheard_of")
    assert feed_display.feed_sentence(failing).startswith("The last reading failed")


# --- addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("HTTP://example.org", "HTTP://example.org"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//evil.test", ""),
        (" https://example.org", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_web_addresses_become_links(url: str | None, shown: str) -> None:
    assert presentation.web_url(url) == shown


@pytest.mark.usefixtures("arabic")
def test_changing_one_filter_keeps_the_others() -> None:
    chosen = EntryFilter(source="hespress", country="MA")
    assert presentation.filter_url(chosen, lang="ar") == "/?source=hespress&country=MA&lang=ar"
    assert presentation.filter_url(chosen, source=None) == "/?country=MA"
    assert presentation.is_filtered(chosen)
    assert not presentation.is_filtered(EntryFilter())


def test_the_next_page_keeps_place_and_filter(app: Flask) -> None:
    page = EntryPage((), "abc")
    with app.test_request_context("/?lang=ar&cursor=old"):
        assert presentation.next_page_url(page) == "/?lang=ar&cursor=abc"
    with app.test_request_context("/sources/hespress"):
        assert presentation.next_page_url(page) == "/sources/hespress?cursor=abc"
        assert presentation.next_page_url(EntryPage((), None)) == ""


def test_an_argument_cannot_send_the_next_page_elsewhere(app: Flask) -> None:
    page = EntryPage((), "abc")
    with app.test_request_context("/?_external=1&_scheme=evil&_anchor=x&endpoint=y&lang=ar"):
        assert presentation.next_page_url(page) == "/?lang=ar&cursor=abc"
    with app.test_request_context("/sources/a%3Fb%23c"):
        assert presentation.next_page_url(page) == "/sources/a%3Fb%23c?cursor=abc"


def test_only_the_first_unfiltered_page_has_a_lead(app: Flask) -> None:
    page = EntryPage((ENTRY,), None)
    with app.test_request_context("/"):
        assert presentation.lead_of(page, EntryFilter()) == ENTRY
        assert presentation.lead_of(page, EntryFilter(language="ar")) is None
        assert presentation.lead_of(EntryPage((), None), EntryFilter()) is None
    with app.test_request_context("/?cursor=abc"):
        assert presentation.lead_of(page, EntryFilter()) is None


def test_an_article_opens_with_an_image_unless_its_text_does() -> None:
    pictured = replace(ENTRY, image_url="https://example.org/i.jpg")
    assert presentation.opening_image(EntryDetail(pictured, "<p>نص</p>", (), ())) != ""
    shown = '<p>نص</p><img src="https://example.org/other.jpg">'
    assert presentation.opening_image(EntryDetail(pictured, shown, (), ())) == ""
    assert presentation.opening_image(EntryDetail(ENTRY, "<p>نص</p>", (), ())) == ""


@pytest.mark.parametrize(
    ("type", "kind"),
    [("audio/mpeg", "audio"), ("Video/mp4", "video"), ("", "file"), ("text/html", "file")],
)
def test_kinds_of_enclosures(type: str, kind: str) -> None:  # noqa: A002
    assert presentation.media_kind(Enclosure("https://example.org/x", type)) == kind


def test_static_files_are_named_after_their_content(app: Flask) -> None:
    with app.test_request_context("/"):
        address = presentation.asset_url(app, "css/marsad.css")
    assert re.fullmatch(r"/static/css/marsad\.css\?v=[0-9a-f]{10}", address)
