"""Find the line of a key in a TOML file, for messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any

_TABLE = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-\" ]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*\"?([A-Za-z0-9_\-]+)\"?(?:\s*\.\s*\"?([A-Za-z0-9_\-]+)\"?)?\s*=")


class LineIndex:
    """Lines of the tables and keys of a TOML text.

    `tomllib` reports no positions. This reads table headers and `key =` lines; what is inside a
    value (a feed in `feeds = [ … ]`) is found by its own text, searching from the line of the key.
    """

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    @cached_property
    def _keys(self) -> dict[tuple[Any, ...], int]:
        """Parsed only if there is a problem to report."""
        keys: dict[tuple[Any, ...], int] = {}
        counts: dict[str, int] = {}
        table: tuple[Any, ...] = ()
        for number, line in enumerate(self._lines, 1):
            header = _TABLE.match(line)
            if header:
                name = header[2].replace('"', "").strip()
                if header[1] == "[[":
                    counts[name] = counts.get(name, -1) + 1
                    table = (name, counts[name])
                else:
                    table = self._path(name, counts)
                keys.setdefault(table, number)
                continue
            key = _KEY.match(line)
            if key:
                keys.setdefault((*table, *filter(None, key.groups())), number)
                keys.setdefault((*table, key[1]), number)
        return keys

    @staticmethod
    def _path(name: str, counts: dict[str, int]) -> tuple[Any, ...]:
        """[source.name] belongs to the last [[source]]."""
        first, *rest = name.split(".")
        return (first, counts[first], *rest) if first in counts else (first, *rest)

    def find(self, location: tuple[Any, ...], value: Any) -> int | None:
        """The line of the key at `location`, as near as possible; None for "nowhere".

        Below the deepest known key, the line that contains `value` (or the last key).
        """
        for length in range(len(location), 0, -1):
            line = self._keys.get(location[:length])
            if line is None:
                continue
            rest = location[length:]
            return line if not rest else self._inside(line, rest, value)
        return None

    def _inside(self, start: int, rest: tuple[Any, ...], value: Any) -> int:
        if isinstance(rest[0], int):
            start = self._item(start, rest[0])
        needles = [f'"{value}"', f"'{value}'"] if isinstance(value, str) else []
        needles += [str(part) for part in reversed(rest) if isinstance(part, str)]
        for needle in needles:
            for number in self._to_next_table(start):
                if needle in self._lines[number - 1]:
                    return number
        return start

    def _item(self, start: int, position: int) -> int:
        """Where the inline table at `position` of a list opens; `start` where there are none."""
        opened = 0
        for number in self._to_next_table(start):
            opened += self._lines[number - 1].count("{")
            if opened > position:
                return number
        return start

    def _to_next_table(self, start: int) -> Iterator[int]:
        for number in range(start, min(start + 200, len(self._lines)) + 1):
            if number > start and _TABLE.match(self._lines[number - 1]):
                return
            yield number
