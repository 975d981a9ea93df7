"""Log lines that stay lines: control characters that others wrote are shown, not printed."""

from __future__ import annotations

import logging
import re

from aggregator.errors import ConfigError

# C0 and C1, line and paragraph separators, and what turns the direction of the rest of a line.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def escape_control(text: str) -> str:
    """`text` with its control characters as \\x1b or \\u202e."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


class EscapeControl(logging.Filter):
    """Escapes the values that a message is formatted with.

    A forged line, or a sequence that a terminal obeys, comes from outside: in an address or in the
    words of a server. The lines of a ConfigError are ours.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(_escaped, record.args))
        return True


def _escaped(value: object) -> object:
    if isinstance(value, str):
        return escape_control(value)
    if isinstance(value, BaseException) and not isinstance(value, ConfigError):
        return escape_control(str(value))
    return value
