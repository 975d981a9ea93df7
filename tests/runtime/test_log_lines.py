"""Lines of the log."""

from __future__ import annotations

import contextvars
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from aggregator.errors import ConfigError, ConfigProblem, FetchError
from aggregator.runtime.log_lines import (
    REQUEST_ID,
    EscapeControl,
    JsonLines,
    TextLines,
    escape_control,
    without_secrets,
)


@pytest.fixture(autouse=True)
def _outside_of_a_request() -> Iterator[None]:
    """The id of a request stays until the next one of its thread."""
    before = REQUEST_ID.set("")
    yield
    REQUEST_ID.reset(before)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("/مرصد/é", "/مرصد/é"),
        ("a\n12:00:00 ERROR forged", r"a\n12:00:00 ERROR forged"),
        ("\x1b[2J\x9b\x00\x7f", r"\x1b[2J\x9b\x00\x7f"),
        ("\u202egnp.exe\u2028", r"\u202egnp.exe\u2028"),
    ],
)
def test_control_characters_are_shown(text: str, line: str) -> None:
    assert escape_control(text) == line


def test_values_of_a_message_are_escaped() -> None:
    problems = ConfigError((ConfigProblem("a", 1, "", "x"), ConfigProblem("a", 2, "", "y")))
    for values, line in (
        (("a\nb", 7), r"a\nb 7"),
        ((FetchError("dns", "a\rb"), 7), r"dns: a\rb 7"),
        ((problems, 7), "a:1: x\na:2: y 7"),
    ):
        record = logging.LogRecord("marsad", logging.INFO, "", 0, "%s %d", values, None)
        assert EscapeControl().filter(record)
        assert record.getMessage() == line


def record(message: str, *values: object, **more: Any) -> logging.LogRecord:
    attributes = {"name": "marsad.polling", "levelname": "INFO", "msg": message, "args": values}
    made = logging.makeLogRecord(attributes | more)
    made.created = 1_790_000_000.25
    return made


def test_lines_for_programs() -> None:
    fields = {"feed_id": 7, "url": "https://alwaha.example/feed?key=abc"}
    line = JsonLines().format(record("%s: %d new", "الواحة", 3, source="alwaha", fields=fields))
    assert json.loads(line) == {
        "time": "2026-09-21T14:13:20.250Z",
        "level": "info",
        "logger": "marsad.polling",
        "message": "الواحة: 3 new",
        "source": "alwaha",
        "fields": {"feed_id": 7, "url": "https://alwaha.example/feed?key=***"},
    }


@pytest.mark.parametrize(
    "text", ["a\nb", "a\x1b[2J\x9b", "\u202e\u2028\u2029\x85", "\ud800", "\x00"]
)
def test_lines_for_programs_stay_lines(text: str) -> None:
    line = JsonLines().format(record("%s", text))
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert json.loads(line)["message"] == text


def test_errors_for_programs() -> None:
    try:
        raise ValueError("no https://amina:secret@alwaha.example/")
    except ValueError:
        line = JsonLines().format(record("failed", exc_info=sys.exc_info()))
    error = json.loads(line)["error"]
    assert error["type"] == "ValueError"
    assert error["traceback"].endswith("ValueError: no https://amina:***@alwaha.example/")


@pytest.mark.parametrize("lines", [TextLines(), JsonLines()], ids=["text", "json"])
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://marsad:se%40cret@db/marsad", "postgresql://marsad:***@db/marsad"),
        ("https://alwaha.example/feed?a=1&token=secret&b=2", "?a=1&token=***&b=2"),
        ("https://alwaha.example/feed?api_key=secret", "?api_key=***"),
        ("Authorization: Bearer secret-secret", "Authorization: Bearer ***"),
        ("GoogleLogin auth=secret/secret", "GoogleLogin auth=***"),
    ],
)
def test_secrets_are_left_out(lines: logging.Formatter, text: str, shown: str) -> None:
    line = lines.format(record("%s", text))
    assert "secret" not in line.replace("se%40cret", "secret")
    assert shown in line


@pytest.mark.parametrize(
    "text", ["https://alwaha.example/a@b", "https://alwaha.example/?q=monkey", "12:00:00: a@b"]
)
def test_other_addresses_stay(text: str) -> None:
    assert without_secrets(text) == text


def test_lines_of_a_request_have_its_id() -> None:
    def lines() -> tuple[str, str]:
        REQUEST_ID.set("id-of-a-request")
        return TextLines().format(record("x")), JsonLines().format(record("x"))

    text, line = contextvars.copy_context().run(lines)
    assert text.endswith("marsad.polling: [id-of-a-request] x")
    assert json.loads(line)["request_id"] == "id-of-a-request"
    assert TextLines().format(record("x")).endswith("marsad.polling: x")
