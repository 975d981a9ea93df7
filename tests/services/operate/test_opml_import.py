"""An OPML file as tables for the configuration."""

from __future__ import annotations

import tomllib

import pytest

from aggregator import config
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
    found = tables_for_new_feeds(write_opml("all", outlines).encode(), KNOWN)
    assert (found.known, found.problems) == (1, ())
    sources = tomllib.loads("\n".join(found.tables))["source"]
    assert [source["slug"] for source in sources] == ["hespress-2", "hes-art", "source"]
    assert sources[0] | {"feeds": 1} == {
        "slug": "hespress-2", "name": "Hespress", "language": "ar", "site": "https://h.example",
        "feeds": 1,
    }  # fmt: skip
    assert sources[1]["name"] == 'هسبريس "فن"'


def test_what_is_no_opml_is_refused() -> None:
    with pytest.raises(ParseError):
        tables_for_new_feeds(b"<html>", KNOWN)


def test_another_spelling_of_a_known_feed_is_no_new_one() -> None:
    outlines = [Outline("Hespress", "http://www.h.example/feed/")]
    found = tables_for_new_feeds(write_opml("all", outlines).encode(), KNOWN)
    assert (found.tables, found.known) == ((), 1)


def test_the_config_accepts_every_table() -> None:
    names = ["", "x" * 2_000, '"""', "\\u0041", "\x7f\x1b[31m", "# [a]\n", "\u202eالضفة", "---"]
    urls = [
        "feed://a.example/f",
        "a.example/1",
        "https://u:p@b.example/f",
        "https://c.example/a b",
        "http://x.example:8080/f",
        "https://الضفة.example/خبر?q=\"'",
        "javascript:1",
        "feed me",
    ]
    sites = ["www.a.example", "https://u:p@b.example/", "javascript:1", "https://c.example/a b"]
    languages = ["ar-MA", "EN_us", "arabic", "", "zgh"]
    outlines = [
        Outline(name, url.replace("example", f"example{n}"), site, "", language)
        for n, name in enumerate(names)
        for url, site, language in zip(urls, sites * 2, languages * 2, strict=False)
    ]
    found = tables_for_new_feeds(write_opml("all", outlines).encode(), KNOWN)
    settings = config.parse("\n".join(found.tables), "feeds.opml", {})
    assert len(settings.source) == 6 * len(names)
    assert {source.language for source in settings.source} == {"ar", "en", "zgh"}
    assert not any("u:p@" in table or "javascript:" in table for table in found.tables)
