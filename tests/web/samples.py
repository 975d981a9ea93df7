"""Values as storage would give them, for tests of how pages show them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aggregator.types import EntrySummary, FeedHealth, LocalizedName, SourceOverview, SourceRef

NOW = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)

HESPRESS = SourceRef(1, "hespress", LocalizedName("هسبريس", "Hespress", "Hespress"), "MA", "ar")
ENTRY = EntrySummary(
    id=7,
    guid="g",
    url="https://example.org/7",
    title="PSG يفوز على الوداد",
    author="",
    summary="",
    image_url=None,
    language="ar",
    direction="rtl",
    word_count=400,
    published_at=NOW,
    updated_at=None,
    fetched_at=NOW,
    source=HESPRESS,
    feed_id=1,
    duplicate_of=None,
)
FEED = FeedHealth(
    id=1,
    url="https://example.org/feed",
    section="general",
    source=HESPRESS,
    enabled=True,
    status="healthy",
    entry_count=1,
    last_polled_at=NOW,
    last_success_at=NOW,
    next_poll_at=NOW,
    interval_s=300,
    error_kind=None,
    error_detail=None,
)


def source(country: str, **changes: Any) -> SourceOverview:
    overview = SourceOverview(
        source=HESPRESS._replace(country=country),
        site="https://example.org",
        ownership=None,
        enabled=True,
        entry_count=0,
        last_entry_at=None,
        feeds=(),
    )
    return replace(overview, **changes)
