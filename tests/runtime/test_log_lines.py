"""Lines of the log."""

from __future__ import annotations

import logging

import pytest

from aggregator.errors import ConfigError, ConfigProblem, FetchError
from aggregator.runtime.log_lines import EscapeControl, escape_control


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
