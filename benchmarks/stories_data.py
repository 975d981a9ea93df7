"""Labelled entries: a CSV of titles given by its path, the demo's articles, the hard cases."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.demo import live
from aggregator.demo.articles import Article, load
from aggregator.demo.outlets import BY_SLUG
from aggregator.text.plain import to_plain

HARD = Path(__file__).parents[1] / "tests" / "data" / "stories" / "hard.toml"
STARTED_AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
_ISO = {"ara": "ar", "fra": "fr", "eng": "en"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """An entry of which people know the event."""

    title: str
    text: str
    source: str
    language: str
    at: datetime
    event: str


def titles(path: Path, language: str) -> list[Labelled]:
    """The rows of one language ("ara") of a CSV: uri, lang, published_at, title, cluster_id."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["lang"] == language]
    rows.sort(key=lambda row: (row["published_at"], row["uri"]))
    return [
        Labelled(
            row["title"], "", row["uri"], _ISO.get(language, language),
            datetime.fromisoformat(row["published_at"]).replace(tzinfo=UTC), row["cluster_id"],
        )
        for row in rows
    ]  # fmt: skip


def own_texts() -> list[Labelled]:
    """The demo's articles by their events, and the cases that are easily confused."""
    demo = [_of_demo(article) for article in load(STARTED_AT)]
    cases = tomllib.loads(HARD.read_text("utf-8"))["article"]
    first = min(entry.at for entry in demo)
    hard = [
        Labelled(
            case["title"], case["body"], f"hard-{case['source']}", case["language"],
            first + timedelta(hours=case["hours"]), f"hard-{case['event']}",
        )
        for case in cases
    ]  # fmt: skip
    return _in_order([*demo, *hard])


def own_rubrics(minutes: int = 600) -> list[Labelled]:
    """The demo's articles and ten hours of its columns: weather, markets, traffic, live reports."""
    found = {
        article.id: article
        for passed in range(0, minutes, live.KEPT - 12)
        for article in live.visible(STARTED_AT, STARTED_AT + timedelta(minutes=passed + 13))
    }
    return _in_order(_of_demo(article) for article in [*load(STARTED_AT), *found.values()])


def _in_order(entries: Iterable[Labelled]) -> list[Labelled]:
    return sorted(entries, key=lambda entry: entry.at)


def _of_demo(article: Article) -> Labelled:
    return Labelled(
        article.title,
        to_plain(article.body),
        article.source,
        BY_SLUG[article.source].language,
        article.published_at,
        article.event,
    )
