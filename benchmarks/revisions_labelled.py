"""Labelled changes of invented articles: what the sizes of changes are measured with."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from aggregator.types import EntryText

PAIRS = Path(__file__).resolve().parent.parent / "tests" / "data" / "revisions" / "pairs.toml"


@dataclass(frozen=True)
class LabelledChange:
    """Two versions of an article, and the size of the change; "" is none."""

    text: str
    size: str
    before: EntryText
    after: EntryText


def read_pairs() -> Iterator[LabelledChange]:
    """Read all labelled changes; each edit has to find what it replaces."""
    document = tomllib.loads(PAIRS.read_text("utf-8"))
    for pair in document["pair"]:
        article = document["texts"][pair["text"]]
        yield LabelledChange(
            pair["text"], pair["size"], _version(article, []), _version(article, pair["edits"])
        )


def _version(article: dict[str, Any], edits: list[list[str]]) -> EntryText:
    """Apply edits, each to the headline and the body, wherever it fits."""
    title, body = article["title"], article["body"]
    for old, new in edits:
        if old not in title and old not in body:
            raise ValueError(f"nothing to replace: {old}")
        title, body = title.replace(old, new), body.replace(old, new)
    paragraphs = "".join(f"<p>{escape(line)}</p>" for line in body.strip().splitlines())
    return EntryText(title, "", paragraphs)
