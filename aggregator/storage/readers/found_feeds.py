"""Feeds that were looked up, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from aggregator.types import FoundFeed, Headline


def to_json(feed: FoundFeed) -> dict[str, Any]:
    """As it is stored."""
    stored = asdict(feed)
    stored["newest_at"] = _text(feed.newest_at)
    for headline in stored["headlines"]:
        headline["published_at"] = _text(headline["published_at"])
    return stored


def from_json(stored: Mapping[str, Any]) -> FoundFeed:
    """The opposite of `to_json`."""
    headlines = tuple(
        Headline(each["title"], each["language"], _time(each["published_at"]))
        for each in stored["headlines"]
    )
    newest_at = _time(stored["newest_at"])
    return FoundFeed(**{**stored, "headlines": headlines, "newest_at": newest_at})


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
