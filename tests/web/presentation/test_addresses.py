"""Addresses as pages show them."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from aggregator.types import EntryDetail
from tests.web.samples import ENTRY
from web.presentation import addresses


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("HTTP://example.org", "HTTP://example.org"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//evil.test", ""),
        (" https://example.org", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_web_addresses_become_links(url: str | None, shown: str) -> None:
    assert addresses.safe_url(url) == shown


def test_an_article_opens_with_an_image_unless_its_text_does() -> None:
    pictured = ENTRY._replace(image_url="https://example.org/i.jpg")
    assert addresses.lead_image(EntryDetail(pictured, "<p>نص</p>", (), ())) != ""
    shown = '<p>نص</p><img src="https://example.org/other.jpg">'
    assert addresses.lead_image(EntryDetail(pictured, shown, (), ())) == ""
    assert addresses.lead_image(EntryDetail(ENTRY, "<p>نص</p>", (), ())) == ""


def test_static_files_are_named_after_their_content(app: Flask) -> None:
    with app.test_request_context("/"):
        address = addresses.asset_url(app, "favicon.svg")
    assert re.fullmatch(r"/static/favicon\.svg\?v=[0-9a-f]{10}", address)
