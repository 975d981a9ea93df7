"""Lines of the log, as text or as JSON.

Control characters that others wrote are shown, not printed; secrets inside addresses are left out.
"""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar

from aggregator.errors import ConfigError
from aggregator.runtime.json_line import json_line

# The id of the HTTP request that this thread or task serves; empty outside of one.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")

# C0 and C1, line and paragraph separators, and what turns the direction of the rest of a line.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")

# A password before the host, a parameter that opens something, a header that signs in.
_SECRET = re.compile(
    r"(://[^\s/@:]*:)[^\s/@]+(?=@)"
    r"|([?&;][\w.-]*(?:token|secret|password|passwd|key|sig|signature|auth)=)[^\s&#;\"']+"
    r"|(\b(?:Bearer|Basic|GoogleLogin auth=)\s*)[\w.~+/=-]{8,}",
    re.IGNORECASE,
)


def escape_control(text: str) -> str:
    """`text` with its control characters as \\x1b or \\u202e."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def without_secrets(text: str) -> str:
    """`text` with passwords and tokens of addresses and headers as "***"."""
    return _SECRET.sub(lambda found: f"{found[1] or found[2] or found[3]}***", text)


class EscapeControl(logging.Filter):
    """Escapes the values that a message is formatted with.

    A forged line, or a sequence that a terminal obeys, comes from outside: in an address or in the
    words of a server. The lines of a ConfigError are ours.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(_escaped, record.args))
        return True


class TextLines(logging.Formatter):
    """ "12:00:00 ERROR   marsad.database: [REQUEST ID] message" """

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)-7s %(name)s: %(request)s%(message)s", datefmt="%H:%M:%S"
        )

    def format(self, record: logging.LogRecord) -> str:
        """The line, with its traceback below it."""
        request_id = REQUEST_ID.get()
        record.request = f"[{request_id}] " if request_id else ""
        return without_secrets(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line.

    `time` (UTC), `level`, `logger` and `message` are always there; `request_id`, `source` (the slug
    of a publisher), `fields` and `error` (`type` and `traceback`) where they apply. The calls name
    the middle two in `extra`.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        more: dict[str, object] = {
            "request_id": REQUEST_ID.get(),
            "source": getattr(record, "source", ""),
            "fields": {
                name: without_secrets(value) if isinstance(value, str) else value
                for name, value in getattr(record, "fields", {}).items()
            },
        }
        if record.exc_info and record.exc_info[0] is not None:
            trace = without_secrets(self.formatException(record.exc_info))
            more["error"] = {"type": record.exc_info[0].__name__, "traceback": trace}
        message = without_secrets(record.getMessage())
        return json_line(record.created, record.levelname, record.name, message, **more)


def _escaped(value: object) -> object:
    if isinstance(value, str):
        return escape_control(value)
    if isinstance(value, BaseException) and not isinstance(value, ConfigError):
        return escape_control(str(value))
    return value
