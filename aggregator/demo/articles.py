"""The written articles of the demo, read from TOML and dated from the start of the demo."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from aggregator.demo.outlets import AGENCY
from aggregator.demo.revisions import REVISIONS, WITHDRAWN
from aggregator.text.plain import html_to_text

CASABLANCA = ZoneInfo("Africa/Casablanca")
# The months of the year as Moroccan papers write them.
MONTHS = (
    "يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو",
    "يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر",
)  # fmt: skip
# Maximum length of a summary, in characters.
EXCERPT = 260

_DATELINE = re.compile(rf"\d{{1,2}} (?:{'|'.join(MONTHS)}) \d{{4}}(?= \(و\.ب\))")
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Article:
    """An article as its publisher has it. `body` is HTML; dates are aware UTC.

    `kind` is "original", "reprint" (of the agency's dispatch), "followup" or "live".
    """

    id: str
    event: str
    source: str
    kind: str
    title: str
    author: str
    categories: tuple[str, ...]
    image: str | None
    body: str
    published_at: datetime
    updated_at: datetime | None = None


def load(started_at: datetime) -> tuple[Article, ...]:
    """All written articles, as if the demo began at `started_at`; future ones have later dates.

    An article is named after its file and its place in it: "rain-taroudant-5".
    """
    folder = resources.files("aggregator.demo") / "stories"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=_name)
    return tuple(
        article
        for file in files
        for article in _event(
            file.name.removesuffix(".toml"), tomllib.loads(file.read_text("utf-8")), started_at
        )
    )


def visible(articles: Iterable[Article], started_at: datetime, now: datetime) -> list[Article]:
    """The articles published by `now`, with the revisions made until then."""
    return [
        _revised(article, started_at, now)
        for article in articles
        if article.published_at <= now and not _is_withdrawn(article, started_at, now)
    ]


def dateline(moment: datetime) -> str:
    """The day of a dispatch: "24 نونبر 2026"."""
    local = moment.astimezone(CASABLANCA)
    return f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def excerpt(body: str) -> str:
    """The first paragraph as plain text, cut between words."""
    paragraphs = (html_to_text(text) for text in _PARAGRAPH.findall(body))
    text = next((text for text in paragraphs if len(text) > 60), html_to_text(body))
    if len(text) <= EXCERPT:
        return text
    return text[:EXCERPT].rsplit(" ", 1)[0].rstrip(" ،؛,;:") + "…"


def _name(file: Any) -> str:
    return str(file.name)


def _event(name: str, table: dict[str, Any], started_at: datetime) -> Iterator[Article]:
    articles = [
        _article(f"{name}-{number}", str(raw.get("event", table["event"])), raw, started_at)
        for number, raw in enumerate(table["article"], 1)
    ]
    dispatches = (article for article in articles if article.source == AGENCY)
    dispatch = next(dispatches, None)
    for article in articles:
        # A reprint keeps the day of the dispatch, as reprints do.
        reprinted = dispatch if article.kind == "reprint" else None
        day = dateline((reprinted or article).published_at)
        yield replace(article, body=_DATELINE.sub(day, article.body))


def _article(id_: str, event: str, raw: dict[str, Any], started_at: datetime) -> Article:
    moment = timedelta(seconds=raw["appears_after_s"]) - timedelta(minutes=raw["minutes_ago"])
    return Article(
        id=id_,
        event=event,
        source=raw["source"],
        kind=raw["kind"],
        title=raw["title"],
        author=raw.get("author", ""),
        categories=tuple(raw["categories"]),
        image=raw.get("image"),
        # Links within the site stay relative, as papers have them, but below the outlet's path.
        body=raw["body"].strip().replace('href="/', f'href="/{raw["source"]}/'),
        published_at=started_at + moment,
    )


def _is_withdrawn(article: Article, started_at: datetime, now: datetime) -> bool:
    after = WITHDRAWN.get(article.id)
    return after is not None and now >= started_at + after


def _revised(article: Article, started_at: datetime, now: datetime) -> Article:
    revision = REVISIONS.get(article.id)
    if revision is None or now < started_at + revision.after:
        return article
    body = article.body
    for old, new in revision.replaced:
        body = body.replace(old, new)
    return replace(
        article,
        title=revision.title or article.title,
        body=f"{body}\n{revision.added}" if revision.added else body,
        updated_at=started_at + revision.after,
    )
