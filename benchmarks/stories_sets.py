"""Labelled sets from files: CSV, TSV or JSON lines, with titles alone or with texts."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator.text.language import detect_language
from benchmarks.stories_data import LabelledEntry

ENDINGS = (".csv", ".tsv", ".jsonl")
# Accepted names of each column, in order of preference.
_COLUMNS = {
    "id": ("uri", "id", "url"),
    "language": ("lang", "language"),
    "at": ("published_at", "date", "published", "time"),
    "title": ("title", "headline"),
    "text": ("text", "body", "content"),
    "source": ("source", "outlet", "publisher"),
    "event": ("cluster_id", "cluster", "event", "event_id", "story", "story_id"),
}
# Texts without a date keep the order of the file.
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
_ISO = {"ara": "ar", "fra": "fr", "eng": "en", "spa": "es", "por": "pt", "deu": "de", "rus": "ru"}


def files(path: Path) -> list[Path]:
    """The sets in a folder, or the given one."""
    if path.is_dir():
        return sorted(each for each in path.iterdir() if each.suffix in ENDINGS)
    return [path]


def about(path: Path) -> str:
    """The README beside a set: its source and licence."""
    readme = path.parent / "README.md"
    lines = readme.read_text("utf-8").splitlines() if readme.exists() else []
    said = [line.strip() for line in lines if path.name in line]
    return "\n".join(said) or f"no README.md beside it says where {path.name} is from"


def load(path: Path) -> list[LabelledEntry]:
    """The entries of a set, the earliest first. Columns: see `_COLUMNS`; only title and event must
    be there."""
    found = [_labelled(number, row) for number, row in enumerate(_rows(path))]
    found.sort(key=lambda pair: (pair[1].at, pair[0] if pair[1].at != UNDATED else ""))
    return [entry for _, entry in found]


def by_language(entries: Iterable[LabelledEntry]) -> dict[str, list[LabelledEntry]]:
    """The entries of each language, the largest first."""
    found: dict[str, list[LabelledEntry]] = {}
    for entry in entries:
        found.setdefault(entry.language, []).append(entry)
    return dict(sorted(found.items(), key=lambda pair: -len(pair[1])))


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".jsonl":
            yield from (json.loads(line) for line in file if line.strip())
        else:
            yield from csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ",")


def _labelled(number: int, row: Mapping[str, Any]) -> tuple[str, LabelledEntry]:
    values = {name: _first(row, columns) for name, columns in _COLUMNS.items()}
    at = datetime.fromisoformat(values["at"]) if values["at"] else UNDATED
    language = values["language"] or detect_language(
        f"{values['title']} {values['text'][:300]}", "en"
    )
    # Without a column for the source, every entry has a source of its own.
    return values["id"], LabelledEntry(
        values["title"],
        values["text"],
        values["source"] or values["id"] or str(number),
        _ISO.get(language, language),
        at if at.tzinfo else at.replace(tzinfo=UTC),
        values["event"],
    )


def _first(row: Mapping[str, Any], columns: Iterable[str]) -> str:
    return next((str(row[column]) for column in columns if row.get(column) is not None), "")
