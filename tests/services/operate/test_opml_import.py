"""An OPML file as tables for the configuration."""

from __future__ import annotations

import tomllib

import pytest

from aggregator.config import Settings
from aggregator.errors import ParseError
from aggregator.parse.opml import Outline, write_opml
from aggregator.services.operate.opml_import import tables_for_new_feeds

KNOWN = Settings.model_validate(
    {
        "source": [
            {"slug": "hespress", "name": "Hespress", "feeds": [{"url": "https://h.example/feed"}]}
        ]
    }
).source


def test_what_the_config_has_already_is_left_out() -> None:
    outlines = [
        Outline("Hespress", "https://h.example/feed"),
        Outline("Hespress", "https://h.example/sport", site="https://h.example", language="ar"),
        Outline('هسبريس "فن"', "https://h.example/art", site="https://www.hes-art.example"),
        Outline("هسبريس", "https://x.example/art"),
    ]
    tables, known = tables_for_new_feeds(write_opml("all", outlines).encode(), KNOWN)
    assert known == 1
    sources = tomllib.loads("\n".join(tables))["source"]
    assert [source["slug"] for source in sources] == ["hespress-2", "hes-art", "source"]
    assert sources[0] | {"feeds": 1} == {
        "slug": "hespress-2", "name": "Hespress", "language": "ar", "site": "https://h.example",
        "feeds": 1,
    }  # fmt: skip
    assert sources[1]["name"] == 'هسبريس "فن"'


def test_what_is_no_opml_is_refused() -> None:
    with pytest.raises(ParseError):
        tables_for_new_feeds(b"<html>", KNOWN)
