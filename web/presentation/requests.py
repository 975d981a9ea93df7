"""Presentation of feeds that were looked up for a request."""

from __future__ import annotations

from flask import Flask

from aggregator.process.feeds import health
from aggregator.text.direction import detect_direction
from aggregator.types import Direction, FoundFeed, Headline
from web.request.i18n import current_language, direction_of, translate


def found_sentence(feed: FoundFeed) -> str:
    """The health of a feed that was looked up, in plain words."""
    return translate(health.message_key(feed.state, feed.kind))


def headline_direction(headline: Headline) -> Direction:
    """The direction of a headline by its own text, else that of the page."""
    page: Direction = "rtl" if direction_of(current_language()) == "rtl" else "ltr"
    return detect_direction(headline.title, page)


def init_app(app: Flask) -> None:
    """Give templates these functions."""
    app.jinja_env.globals.update(
        found_sentence=found_sentence, headline_direction=headline_direction
    )
