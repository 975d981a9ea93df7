"""Dates as they stand in feeds, broken ones too."""

from datetime import UTC, datetime

import pytest

from aggregator.parse.dates import date_problem, parse_date
from aggregator.types import FeedProblem

# 15 August 2026, 10:30 in Casablanca.
HALF_PAST_TEN = datetime(2026, 8, 15, 9, 30, tzinfo=UTC)


def casablanca(text: str) -> datetime | None:
    return parse_date(text, "Africa/Casablanca")


@pytest.mark.parametrize(
    "text",
    [
        "Sat, 15 Aug 2026 10:30:00 +0100",
        "Sat, 15 Aug 2026 10:30 +01:00",
        "Mon, 15 Aug 2026 10:30:00 +0100",
        "15 Aug 26 10:30:00 CET",
        "15 August 2026 10:30:00 WEST",
        "Sat,15 Aug 2026 09:30:00 GMT",
        "Saturday, 15-Aug-26 09:30:00 UT",
        "Sat, 15 Aug 2026 05:30:00 EDT",
        "Sat, 15 Aug 2026 10:30:00 GMT+1",
        "Sat, 15 Aug 2026 10:30:00 UTC+01:00",
        "Sat, 15 Aug 2026 10:30:00 +0100 (CET)",
        "Sat, 15 Aug 2026 10:30:00",
        " \nSat, 15 Aug 2026 10:30:00 +0100\t",
        "Sat Aug 15 10:30:00 2026",
        "Sat Aug 15 09:30:00 GMT 2026",
        "2026-08-15T10:30:00+01:00",
        "2026-08-15T10:30:00.5+0100",
        "2026-08-15T09:30:00Z",
        "2026-08-15T09:30Z",
        "2026-08-15 10:30",
        "20260815T093000Z",
        "2026/08/15 10:30",
        "15/08/2026 10:30",
        "08/15/2026 10:30 AM",
        "15.08.2026 - 10:30:00",
        "August 15, 2026 10:30 am",
        "sam., 15 août 2026 10:30:00 +0100",
        "sam., 15 aoû 2026 10:30:00 +0100",
        "samedi 15 aout 2026 à 10h30",
        "السبت 15 غشت 2026 - 10:30",
        "السبت، 15 غُشت، 2026 10:30 ص",
        "١٥ أغسطس ٢٠٢٦ ١٠:٣٠",
        "15 اغسطس 2026 الساعة 10:30 صباحا",
        "15 أوت 2026، 10:30",
        "15 آب 2026 10:30",
        "15 آب 2026 10:30 GMT+1",
        "Sat, 15 Aug 2026 9:30:0 GMT",
        "Sat, 15 Aug 2026 15:00:00 IST",
        "Sat, 15 Aug 2026 18:30:00 JST",
        "Sat, 15 Aug 2026 11:30:00 SAST",
        "Sat, 15 Aug 2026 19:30:00 AEST",
        "Sat, 15 Aug 2026 10:30:00 AM",
        "Sat, 15 Aug 2026 10:30AM +0100",
        "Sat, 15 Aug 2026 05:30 am EDT",
        "Sat, 15 Aug 2026 10:30:00 +0100 [Africa/Casablanca]",
        "Sat, 15 Aug 2026 10:30:00 (CET)",
        "Sat, 15 Aug 2026 05:30:00 America/New_York",
        "Sat Aug 15 09:30:00 +0000 2026",
        "Sat Aug 15 10:30:00 GMT+01:00 2026",
        "Sat Aug 15 2026 10:30:00 GMT+0100 (Central European Standard Time)",
        "2026-08-15 10:30:00 AM",
        "2026-08-15T10:30:00+01:00[Europe/Paris]",
        "2026-08-15T10:30:00[Africa/Casablanca]",
        "2026-08-15T09:30:00Z[UTC]",
        "2026-08-15T09:30:00Z[UTC",
        "2026-08-15 11:30 Europe/Paris",
        "2026-08-15T10:30:00 CET",
        "20260815T103000+0100",
        "15th August 2026 10:30",
        "August 15th, 2026 10:30 a.m.",
        "15/Aug/2026:10:30:00 +0100",
        "2026-Aug-15 10:30",
        "sáb, 15 ago 2026 09:30:00 GMT",
        "15 de agosto de 2026, 10:30",
        "sabato 15 agosto 2026 10:30",
        "15. August 2026 10:30 MEZ",
        "15 ⵖⵓⵛⵜ 2026 10:30",
        "15 آب/أغسطس 2026 10:30",
        "15 غشت 2026م - 10:30 صباحاً",
        "10:30 ص 15/08/2026 م",
        "15 غشت 2026 الساعة 10 و30 دقيقة",
        "15 غشت 2026 09:30 بتوقيت غرينتش",
        "2 ربيع الأول 1448 هـ الموافق 15 غشت 2026 10:30",
        "1448/03/02 هـ - 15/08/2026 10:30",
        "1786786200",
        "1786786200.0",
        "1786786200000",
        "١٧٨٦٧٨٦٢٠٠",
        "@1786786200",
        "/Date(1786786200000)/",
        "/Date(1786786200000+0100)/",
        "10:30 AM, 15 Aug 2026",
        "10:30 السبت 15 غشت 2026",
        "10h30, samedi 15 août 2026",
        "Sat, 15 Aug 2026 10.30.00 +0100",
        "15.08.2026 10.30",
    ],
)
def test_forms_of_one_moment(text: str) -> None:
    assert casablanca(text) == HALF_PAST_TEN


@pytest.mark.parametrize(
    ("month", "names"),
    [
        (1, "يناير جانفي janvier janv. jan"),
        (2, "فبراير فيفري شباط février févr. fev"),
        (3, "مارس آذار mars"),
        (4, "أبريل ابريل أفريل نيسان avril avr."),
        (5, "ماي مايو أيار mai"),
        (6, "يونيو جوان حزيران juin"),
        (7, "يوليوز يوليو جويلية تموز juillet juil."),
        (8, "غشت أغسطس أوت آب août"),
        (9, "شتنبر سبتمبر أيلول septembre sept."),
        (10, "أكتوبر اكتوبر octobre oct."),
        (11, "نونبر نوفمبر novembre nov."),
        (12, "دجنبر ديسمبر décembre déc."),
    ],
)
def test_months_by_their_names(month: int, names: str) -> None:
    for name in names.split():
        assert casablanca(f"5 {name} 2026 12:00 GMT") == datetime(2026, month, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "month"),
    [("كانون الثاني", 1), ("تشرين الأول", 10), ("تشرين الثاني", 11), ("كانون الأول", 12)],
)
def test_months_of_two_words(name: str, month: int) -> None:
    assert casablanca(f"5 {name} 2026 12:00 GMT") == datetime(2026, month, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("15 غشت 2026 10:30 م", 21),
        ("15 غشت 2026 10:30 مساءً", 21),
        ("15 غشت 2026 12:30 م", 11),
        ("16 غشت 2026 12:30 ص", 23),
        ("15 August 2026 10:30 p.m.", 21),
        ("15 August 2026 10:30 p. m.", 21),
        ("Sat, 15 Aug 2026 10:30:00 PM", 21),
        ("2026-08-15T10:30:00PM", 21),
        ("15 August 2026 10pm", 21),
        ("10:30 م 15/08/2026", 21),
        ("2026-08-15 م 10:30", 21),
        ("15/08/2026 10:30 بعد الزوال", 21),
        ("15 août 2026, 10 h 30 du soir", 21),
        ("15 غشت 2026 م 10:30", 9),
        ("15 غشت 2026 22:30 م", 21),
        ("السبت 15 غشت 2026", -1),
    ],
)
def test_halves_of_the_day(text: str, hour: int) -> None:
    found = casablanca(text)
    assert found is not None
    assert found.hour == hour % 24


def test_a_missing_zone_is_the_source_s() -> None:
    assert casablanca("2026-08-15 10:30") == HALF_PAST_TEN
    assert parse_date("2026-08-15 10:30", "Asia/Beirut") == datetime(2026, 8, 15, 7, 30, tzinfo=UTC)
    assert parse_date("2026-08-15 10:30", "No/Where").isoformat() == "2026-08-15T10:30:00+00:00"


def test_ramadan_time_is_known() -> None:
    """From 15 February to 22 March 2026 Morocco is on GMT."""
    assert casablanca("1 مارس 2026 10:30") == datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


def test_twenty_four_hours_are_the_next_day() -> None:
    assert casablanca("Sat, 15 Aug 2026 24:00:00 +0000") == datetime(2026, 8, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("9999-12-31T23:59:59-05:00", 9999),
        ("9999-12-31T24:00:00Z", 9999),
        ("0001-01-01T00:00:00+05:00", 1),
        ("Thu, 01 Jan 1970 00:00:00 +0000", 1970),
    ],
)
def test_the_ends_of_the_calendar_do_not_overflow(text: str, year: int) -> None:
    found = casablanca(text)
    assert found is not None
    assert found.year == year


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "nonsense",
        "أمس",
        "15 رمضان 1447",
        "15 محرم 1448 هـ",
        "1 ربيع الأول 1448 هـ 10:30",
        "Tue, 31 Feb 2026 10:00:00 +0100",
        "15 Aug 2026 25:00:00 GMT",
        "0000-01-01",
        "99/99/9999",
        "17867898001786789800",
        "15/09/1447 هـ",
        "15/09/47 هـ",
        "2026",
        "-1-1-1",
        "1" * 100_000,
        ": " * 100_000,
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert casablanca(text) is None


def test_dates_that_are_not_understood_are_quoted() -> None:
    texts = ["أمس\u202e", "  ", "أمس", "15 رمضان 1447", "x" * 90, "y"]
    quotes = f"“أمس”, “15 رمضان 1447”, “{'x' * 59}…” and 1 more"
    assert date_problem(texts) == FeedProblem("unreadable_dates", f"dates not understood: {quotes}")
    assert date_problem(["", " "]) is None
