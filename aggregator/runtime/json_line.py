"""A line of the log as a JSON object; imports little, as the supervisor writes some."""

from __future__ import annotations

import json
import re
import time

# JSON escapes only C0. Some programs also break lines at the others, or turn their direction.
_UNESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def json_line(created: float, level: str, logger: str, message: str, **more: object) -> str:
    """An object without a line break, for an event at `created` (Unix seconds).

    `more`: members to add; those that are empty are left out.
    """
    seconds, milliseconds = divmod(int(created * 1000), 1000)
    shown = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{milliseconds:03}Z"
    line = {"time": shown, "level": level.lower(), "logger": logger, "message": message}
    given = {name: value for name, value in more.items() if value}
    text = json.dumps(line | given, ensure_ascii=False, default=str)
    return _UNESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
