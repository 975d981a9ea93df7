"""Labelled entries of the project's own: the demo's articles, invented ones."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.demo import live
from aggregator.demo.articles import Article, load
from aggregator.demo.outlets import BY_SLUG
from aggregator.text.plain import html_to_text

_FOLDER = Path(__file__).parents[1] / "tests" / "data" / "stories"
HARD = _FOLDER / "hard.toml"
# Labelled before it was measured; no threshold was chosen by it.
UNSEEN = _FOLDER / "unseen.toml"
# Different events of one kind, labelled before the rule of names was written.
LOOKALIKES = _FOLDER / "lookalikes.toml"
STARTED_AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LabelledEntry:
    """An entry whose event is known."""

    title: str
    text: str
    source: str
    language: str
    at: datetime
    event: str


def own_texts() -> list[LabelledEntry]:
    """The demo's articles by their events, and the cases that are easily confused."""
    demo = [_of_demo(article) for article in load(STARTED_AT)]
    return _in_order([*demo, *_invented(HARD, min(entry.at for entry in demo))])


def held_out_texts() -> list[LabelledEntry]:
    """Articles that were not looked at when thresholds were chosen."""
    return _in_order(_invented(UNSEEN, STARTED_AT))


def lookalike_texts() -> list[LabelledEntry]:
    """Events of one kind that names tell apart: accidents, police, one ministry, one club."""
    return _in_order(_invented(LOOKALIKES, STARTED_AT))


def all_texts() -> list[LabelledEntry]:
    """Own and held-out texts together, as one stream."""
    own = own_texts()
    return _in_order([*own, *_invented(UNSEEN, min(entry.at for entry in own))])


def _invented(path: Path, first: datetime) -> list[LabelledEntry]:
    return [
        LabelledEntry(
            case["title"], case["body"], f"{path.stem}-{case['source']}", case["language"],
            first + timedelta(hours=case["hours"]), f"{path.stem}-{case['event']}",
        )
        for case in tomllib.loads(path.read_text("utf-8"))["article"]
    ]  # fmt: skip


def demo_columns(minutes: int = 600) -> list[LabelledEntry]:
    """The demo's articles and ten hours of its columns: weather, markets, traffic, live reports."""
    found = {
        article.id: article
        for passed in range(0, minutes, live.KEPT - 12)
        for article in live.visible(STARTED_AT, STARTED_AT + timedelta(minutes=passed + 13))
    }
    return _in_order(_of_demo(article) for article in [*load(STARTED_AT), *found.values()])


def _in_order(entries: Iterable[LabelledEntry]) -> list[LabelledEntry]:
    return sorted(entries, key=lambda entry: entry.at)


def _of_demo(article: Article) -> LabelledEntry:
    return LabelledEntry(
        article.title,
        html_to_text(article.body),
        article.source,
        BY_SLUG[article.source].language,
        article.published_at,
        article.event,
    )
