"""Which rooms of the site may be read from a replica."""

from __future__ import annotations

from flask import Flask

from web.request.database import _NEWS


def test_rooms_of_news_exist(app: Flask) -> None:
    assert set(app.blueprints) >= _NEWS


def test_addresses_with_a_key_and_forms_are_no_news(app: Flask) -> None:
    private = {"account", "following", "greader", "passwords", "personal_feeds", "registration"}
    assert private <= set(app.blueprints)
    assert not private & _NEWS
