"""How well search finds: judged Arabic sets through the product's own search, on both databases.

    python -m benchmarks.search_quality FOLDER

FOLDER holds `arcd.json` (SQuAD form: questions, each to find its paragraph), `stance_*.csv` (s1,
s2, stance: a headline to find its rewording, where stance is "agree"), or any of them. Beside
Marsad stand the analysers that databases bring along: FTS5's `unicode61` and `trigram` with its
bm25, and PostgreSQL's `arabic` with ts_rank; and light stems ("ext") under FTS5's bm25, which is
what Marsad's stems began with. Their queries join the words with OR.

MRR@10 is the mean of 1 / rank of the right answer, 0 beyond the tenth; recall@10 how often it is
among the ten.
"""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click
import psycopg
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from aggregator.process.analysis.search_document import build_search_document, searchable_text
from aggregator.process.analysis.word_features import analyze_text
from aggregator.query import parse
from aggregator.services.search import search
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, EntryContent, Feed, Source
from aggregator.storage.schema import migrate
from aggregator.storage.search import indexing
from aggregator.text.tokens import folded_words
from benchmarks.databases import server

DEPTH = 10
_CHUNK = 500
# Query syntax and punctuation, taken out of the questions: nobody would type them.
_OF_QUERIES = re.compile(r"""["'“”„«»‹›()|*:,،;؛?؟!.…-]+""")
# Numbers of documents for a question, the best first.
Rank = Callable[[str], Sequence[int]]


class Question(NamedTuple):
    """A question, the document that answers it, and the one to ignore (itself)."""

    text: str
    answer: int
    itself: int = -1


@dataclass(frozen=True)
class JudgedSet:
    """Documents (title, text) and questions about them."""

    name: str
    documents: Sequence[tuple[str, str]]
    questions: Sequence[Question]


# --- the sets ----------------------------------------------------------------------------------


def judged_sets(folder: Path) -> Iterator[JudgedSet]:
    """Every set that the folder holds."""
    if (folder / "arcd.json").exists():
        yield _paragraphs(folder / "arcd.json")
    files = sorted(folder.glob("stance_*.csv"))
    if files:
        yield _headlines(files)


def _paragraphs(file: Path) -> JudgedSet:
    documents: list[tuple[str, str]] = []
    questions = []
    for article in json.loads(file.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            asked = [each["question"] for each in paragraph["qas"]]
            questions += [Question(each, len(documents)) for each in asked]
            documents.append(("", paragraph["context"]))
    return JudgedSet("questions -> paragraphs", documents, questions)


def _headlines(files: Sequence[Path]) -> JudgedSet:
    rows: list[dict[str, str]] = []
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            rows += csv.DictReader(lines)
    titles = sorted({row[side] for row in rows for side in ("s1", "s2")})
    number = {title: place for place, title in enumerate(titles)}
    agreeing = [row for row in rows if row["stance"] == "agree" and row["s1"] != row["s2"]]
    questions = [Question(row["s1"], number[row["s2"]], number[row["s1"]]) for row in agreeing]
    return JudgedSet("reworded headlines", [(title, "") for title in titles], questions)


def score(questions: Sequence[Question], rank: Rank) -> tuple[float, float]:
    """MRR@10 and recall@10."""
    reciprocal, found = 0.0, 0
    for question in questions:
        ranked = [each for each in rank(question.text) if each != question.itself][:DEPTH]
        if question.answer in ranked:
            reciprocal += 1 / (1 + ranked.index(question.answer))
            found += 1
    return reciprocal / len(questions), found / len(questions)


# --- Marsad ------------------------------------------------------------------------------------


def marsad(database: Database, judged: JudgedSet) -> Rank:
    """Entries of one moment in a database of their own; the page's search by relevance."""
    now = datetime.now(UTC).replace(microsecond=0)
    fill(database, judged.documents, now)
    context = SearchContext(None, now, UTC)

    def rank(question: str) -> Sequence[int]:
        query = " ".join(_OF_QUERIES.sub(" ", question).split())
        request = SearchRequest(parse(query), order="relevance", limit=DEPTH + 1)
        with database.read() as session:
            page = search.search(session, context, request)
        return [hit.entry.id - 1 for hit in (*page.hits, *page.partial)]

    return rank


def fill(database: Database, documents: Sequence[tuple[str, str]], now: datetime) -> None:
    """Store and index documents (title, text) in an empty database; the first has the id 1."""
    migrate(database)
    with database.write() as session:
        source_id = session.execute(insert(Source).returning(Source.id), _SOURCE).scalar_one()
        feed = _FEED | {"source_id": source_id, "created_at": now, "next_poll_at": now}
        feed_id = session.execute(insert(Feed).returning(Feed.id), feed).scalar_one()
        for start in range(0, len(documents), _CHUNK):
            numbered = list(enumerate(documents))[start : start + _CHUNK]
            rows = [
                _entry(number, title, feed_id, source_id, now) for number, (title, _) in numbered
            ]
            session.execute(insert(Entry), rows)
            bodies = [_content(number, body) for number, (_, body) in numbered]
            session.execute(insert(EntryContent), bodies)
            indexing.add(
                session,
                [_indexed(number, *each, feed_id, source_id, now) for number, each in numbered],
            )


_SOURCE = {
    "slug": "judged", "name_ar": "j", "name_fr": "j", "name_en": "j", "country": "MA",
    "language": "ar", "timezone": "UTC", "site": "", "position": 0, "enabled": True,
}  # fmt: skip
_FEED = {
    "url": "https://judged.example/", "section": "", "position": 0, "enabled": True,
    "status": "new", "failures": 0, "interval_s": 0, "entry_count": 0,
}  # fmt: skip


def _entry(
    number: int, title: str, feed_id: int, source_id: int, now: datetime
) -> dict[str, object]:
    return {
        "id": number + 1, "feed_id": feed_id, "source_id": source_id, "identity": number,
        "guid": str(number), "url": None, "url_key": None, "text_key": None, "title_key": number,
        "revision": 0, "text_revision": 0, "title": title, "author": "", "summary": "",
        "image_url": None, "language": "ar", "direction": "rtl", "word_count": 0,
        "published_at": now, "fetched_at": now,
    }  # fmt: skip


def _content(number: int, body: str) -> dict[str, object]:
    return {"entry_id": number + 1, "content": body, "categories": [], "enclosures": []}


def _indexed(
    number: int, title: str, body: str, feed_id: int, source_id: int, now: datetime
) -> indexing.IndexDocument:
    words = build_search_document(
        analyze_text(title),
        analyze_text(searchable_text("", body)),
        author="",
        language="ar",
        categories=(),
        has_image=False,
    )
    return indexing.IndexDocument(number + 1, source_id, feed_id, now, "ar", words)


# --- what databases bring along ----------------------------------------------------------------


def fts5(judged: JudgedSet, tokenizer: str) -> Rank:
    """SQLite's own tokenizers with FTS5's bm25."""
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE VIRTUAL TABLE f USING fts5 (body, tokenize = '{tokenizer}')")
    rows = ((n, f"{title} {body}") for n, (title, body) in enumerate(judged.documents))
    connection.executemany("INSERT INTO f (rowid, body) VALUES (?, ?)", rows)

    def rank(question: str) -> Sequence[int]:
        words = [f'"{word}"' for word in _OF_QUERIES.sub(" ", question).split()]
        query = "SELECT rowid FROM f WHERE f MATCH ? ORDER BY rank LIMIT ?"
        return [row[0] for row in connection.execute(query, (" OR ".join(words), DEPTH + 1))]

    return rank


_GROUPS = ("وبال", "فبال", "وكال", "ولل", "فلل", "وال", "بال", "كال", "فال", "ال", "لل")
_PRONOUNS = ("هما", "كما", "هم", "هن", "كم", "نا")
_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")


def light_stem(word: str) -> str:
    """A folded word by "ext": light10 with the clitics that it lacks, and nothing else."""
    word = word.replace("ء", "")
    group = next((g for g in _GROUPS if word.startswith(g) and len(word) - len(g) >= 2), "")
    word = word[len(group) :]
    if not group and word[:1] in tuple("وبل") and len(word) > 3:
        word = word[1:]
    pronoun = next((p for p in _PRONOUNS if word.endswith(p) and len(word) - len(p) >= 2), "")
    word = word.removesuffix(pronoun)
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 2:
            word = word.removesuffix(suffix)
    return word


def ext(judged: JudgedSet) -> Rank:
    """Light stems under FTS5's bm25, every word of the query joined with OR: no product around."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE f USING fts5 (body, tokenize = 'unicode61')")

    def stems(text: str) -> list[str]:
        return [each for each in map(light_stem, folded_words(text)) if each]

    rows = (
        (n, " ".join(stems(f"{title} {body}"))) for n, (title, body) in enumerate(judged.documents)
    )
    connection.executemany("INSERT INTO f (rowid, body) VALUES (?, ?)", rows)

    def rank(question: str) -> Sequence[int]:
        words = dict.fromkeys(f'"{each}"' for each in stems(question))
        query = "SELECT rowid FROM f WHERE f MATCH ? ORDER BY rank LIMIT ?"
        return [row[0] for row in connection.execute(query, (" OR ".join(words), DEPTH + 1))]

    return rank


def postgresql_arabic(url: str, judged: JudgedSet) -> Rank:
    """PostgreSQL's configuration `arabic` with ts_rank."""
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    connection = psycopg.connect(plain, autocommit=True)
    connection.execute("CREATE TABLE plain (id int PRIMARY KEY, terms tsvector)")
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO plain VALUES (%s, to_tsvector('arabic', %s))",
            [(n, f"{title} {body}") for n, (title, body) in enumerate(judged.documents)],
        )

    def rank(question: str) -> Sequence[int]:
        rows = connection.execute(
            "WITH q AS (SELECT replace(plainto_tsquery('arabic', %s)::text, '&', '|')::tsquery q)"
            " SELECT id FROM plain, q WHERE terms @@ q"
            " ORDER BY ts_rank(terms, q) DESC, id LIMIT %s",
            (question, DEPTH + 1),
        )
        return [row[0] for row in rows]

    return rank


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--postgresql", default="postgresql", show_default=True,
              help="The URL of a server; else one of our own is started.")  # fmt: skip
def main(folder: Path, postgresql: str) -> None:
    """Print a table."""
    table = Table(title="MRR@10 (recall@10)")
    table.add_column("")
    columns: list[dict[str, str]] = []
    with TemporaryDirectory() as scratch, server(postgresql) as servers:
        for number, judged in enumerate(judged_sets(folder)):
            asked, among = len(judged.questions), len(judged.documents)
            table.add_column(f"{judged.name}\n{asked:,} among {among:,}", justify="right")
            here = Path(scratch) / str(number)
            here.mkdir()
            fresh = servers.fresh(here)
            with (
                closing(Database(f"sqlite:///{here / 'marsad.db'}")) as sqlite,
                closing(Database(fresh.url)) as other,
            ):
                ranks = {
                    "FTS5 unicode61": fts5(judged, "unicode61"),
                    "FTS5 trigram": fts5(judged, "trigram"),
                    "light stems (ext), FTS5": ext(judged),
                    "PostgreSQL arabic": postgresql_arabic(fresh.url, judged),
                    "Marsad on SQLite": marsad(sqlite, judged),
                    "Marsad on PostgreSQL": marsad(other, judged),
                }
                scored = {name: score(judged.questions, rank) for name, rank in ranks.items()}
            columns.append(
                {name: f"{mrr:.3f} ({recall:.3f})" for name, (mrr, recall) in scored.items()}
            )
    if not columns:
        raise click.ClickException("There is no judged set in this folder.")
    for name in columns[0]:
        table.add_row(name, *(column[name] for column in columns))
    Console().print(table)


if __name__ == "__main__":
    main()
