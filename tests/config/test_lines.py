"""Where a key of a TOML text stands."""

from __future__ import annotations

from typing import Any

import pytest

from aggregator.config.lines import LineIndex

TEXT = """\
# comment
[polling]
min_interval = "5m"    # a comment
allow_networks = [
  "127.0.0.0/8",
  "10.0.0.0/33",
]

[[source]]
slug = "one"
name = { ar = "واحد", nl = "een" }
feeds = [ { url = "https://one.example/a" }, { url = "https://one.example/b" } ]

[[source]]
"slug" = "two"
name.ar = "اثنان"
feeds = [
  { url = "https://two.example/a" },
  { section = "sport" },
  { url = "https://two.example/b", sektion = "x" },
  { url = "https://two.example/a" },
]
[[source]]
slug = "three"
[source.name]
ar = 3
"""


@pytest.mark.parametrize(
    ("location", "value", "line"),
    [
        (("polling",), None, 2),
        (("polling", "min_interval"), "5m", 3),
        (("polling", "allow_networks"), None, 4),
        (("polling", "allow_networks", 1), "10.0.0.0/33", 6),
        (("source", 0), None, 9),
        (("source", 0, "slug"), "one", 10),
        (("source", 0, "name", "nl"), "een", 11),
        (("source", 0, "feeds", 1, "url"), "https://one.example/b", 12),
        (("source", 1, "slug"), "two", 15),
        (("source", 1, "name", "ar"), "اثنان", 16),
        (("source", 1, "feeds", 0, "url"), "https://two.example/a", 18),
        (("source", 1, "feeds", 1), None, 19),
        (("source", 1, "feeds", 2, "sektion"), "x", 20),
        (("source", 1, "feeds", 3, "url"), "https://two.example/a", 21),
        (("source", 2, "name", "ar"), 3, 26),
        (("source", 2, "country"), "x", 23),
        (("nowhere",), None, None),
    ],
)
def test_lines(location: tuple[Any, ...], value: Any, line: int | None) -> None:
    assert LineIndex(TEXT).find(location, value) == line
