"""Header after header, as publishers write them and as they should not."""

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.fetch.caching import cache_hints, http_date, is_validator, retry_after

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(hours=24)
MON = "Mon, 23 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("000120", 120),
        ("86400", 86_400),
        ("99999999999999999999", 86_400),
        ("9" * 5_000, 86_400),
        ("Mon, 23 Nov 2026 12:05:00 GMT", 300),
        ("Monday, 23-Nov-26 12:05:00 GMT", 300),
        ("Mon Nov 23 12:05:00 2026", 300),
        ("Mon, 23 Nov 2026 11:05:00 GMT", 0),
        ("Mon, 23 Nov 2126 11:05:00 GMT", 86_400),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("-1", None),
        ("-120", None),
        ("1.5", None),
        ("1e9", None),
        ("NaN", None),
        ("inf", None),
        ("soon", None),
        ("120 seconds", None),
        ("١٢٠", None),
        ("²", None),
        ("", None),
        (None, None),
        ("Mon, 99 Nov 2026 12:05:00 GMT", None),
        ("Mon, 23 Nov 2026 12:05:00 GMT" + " " * 5_000 + "x", None),
    ],
)
def test_retry_after_in_both_forms(value, seconds):
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert retry_after(value, NOW) == expected


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Cache-Control": ""}, None),
        ({"Cache-Control": "public, must-revalidate"}, None),
        ({"Cache-Control": "max-age=7200"}, 7_200),
        ({"Cache-Control": "Public , MAX-AGE = 7200"}, 7_200),
        ({"Cache-Control": 'max-age="7200"'}, 7_200),
        ({"Cache-Control": "max-age=60, max-age=7200"}, 60),
        ({"Cache-Control": "s-maxage=600"}, 600),
        ({"Cache-Control": "s-maxage=600, max-age=60"}, 60),
        ({"Cache-Control": "x-max-age=600"}, None),
        ({"Cache-Control": "max-age=0"}, 0),
        ({"Cache-Control": "max-age=-1"}, None),
        ({"Cache-Control": "max-age=later"}, None),
        ({"Cache-Control": "max-age=later", "Expires": "Mon, 23 Nov 2026 13:00:00 GMT"}, 3_600),
        ({"Cache-Control": "max-age=99999999999", "Expires": "0"}, 86_400),
        ({"Cache-Control": "max-age=" + "9" * 900}, 86_400),
        ({"Cache-Control": "," * 100_000}, None),
        ({"Cache-Control": "a" * 100_000}, None),
        ({"Cache-Control": "no-store, max-age=600"}, 0),
        ({"Cache-Control": "no-cache"}, 0),
        ({"Cache-Control": "max-age=600", "Age": "500"}, 100),
        ({"Cache-Control": "max-age=600", "Age": "99999999999999"}, 0),
        ({"Cache-Control": "max-age=600", "Age": "-5"}, 600),
        ({"Expires": "0"}, 0),
        ({"Expires": "-1"}, 0),
        ({"Expires": "Mon, 23 Nov 2026 13:00:00 GMT"}, 3_600),
        ({"Expires": "Mon, 23 Nov 2026 13:00:00 GMT", "Date": MON}, 3_600),
        ({"Expires": "Mon, 23 Nov 2020 13:00:00 GMT", "Date": "nonsense"}, 0),
        (
            {"Expires": "Tue, 24 Nov 2020 13:00:00 GMT", "Date": "Tue, 24 Nov 2020 12:00:00 GMT"},
            3_600,
        ),
        ({"Expires": "Mon, 23 Nov 2099 13:00:00 GMT", "Date": MON}, 86_400),
    ],
)
def test_freshness_within_bounds(headers, seconds):
    expected = None if seconds is None else timedelta(seconds=seconds)
    assert cache_hints(headers, NOW).fresh_for == expected
    assert expected is None or timedelta(0) <= expected <= DAY


@pytest.mark.parametrize(
    ("etag", "kept"),
    [
        ('"abc"', '"abc"'),
        ('W/"abc"', 'W/"abc"'),
        (" bare ", "bare"),
        ('"' + "a" * 998 + '"', '"' + "a" * 998 + '"'),
        ('"' + "a" * 999 + '"', None),
        ("a" * 100_000, None),
        ("", None),
        ("  ", None),
        (None, None),
        ('"a\r\nX: y"', None),
        ('"\udcc7"', None),
        ('"\u202e"', None),
    ],
)
def test_keeps_only_etags_that_can_be_sent_back(etag, kept):
    assert cache_hints({} if etag is None else {"ETag": etag}, NOW).etag == kept


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (MON, True),
        ("Monday, 23-Nov-26 11:00:00 GMT", True),
        ("Mon, 23 Nov 2026 13:00:00 GMT", True),
        ("Wed, 25 Nov 2026 12:00:00 GMT", False),
        ("Thu, 01 Jan 2099 00:00:00 GMT", False),
        ("Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("yesterday", False),
        ("0", False),
        ("", False),
        ("Mon, 23 Nov 2026 12:00:00 GMT\r\nX: y", False),
    ],
)
def test_keeps_only_plausible_last_modified(value, kept):
    assert cache_hints({"Last-Modified": value}, NOW).last_modified == (value if kept else None)


def test_validators():
    assert is_validator('"abc"')
    assert not any(map(is_validator, ("", "a\nb", "a" * 1_001, "\udc80")))


@pytest.mark.parametrize(
    "value",
    ["", None, "x", "Mon, 23 Nov", "Mon, 23 Nov 99999 12:00:00 GMT", "0 0 0 0:0:0", ":::", "\0"],
)
def test_dates_that_are_none(value):
    assert http_date(value) is None


def test_dates_are_aware_utc():
    assert http_date("Mon, 23 Nov 2026 13:00:00 +0100") == NOW
    assert http_date("Mon, 23 Nov 2026 12:00:00 -0000") == NOW
    assert http_date("Mon, 23 Nov 2026 12:00:00") == NOW
