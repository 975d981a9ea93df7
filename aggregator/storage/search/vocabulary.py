"""The words of titles and summaries, counted: what a misspelt word may have meant."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import index_words
from aggregator.storage.models import Entry, SearchState, SearchWord
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.upsert import dialect_insert

_WORDS = table(SearchWord)
_STATE = table(SearchState)
_SHORTEST = 3
_MIN_FREQUENCY = 2
"""A word that was seen once may be a slip itself."""
_MAX_WORDS = 3000
_IN_WORDS = {
    "sqlite": "word IN (SELECT value FROM json_each(:words))",
    "postgresql": "word = ANY(ARRAY(SELECT json_array_elements_text(CAST(:words AS json))))",
}


def count_new_words(session: Session, limit: int) -> int:
    """Count the words of up to `limit` entries that are not counted yet; how many those were."""
    up_to = session.execute(select(SearchState.words_up_to)).scalar_one_or_none()
    if up_to is None:
        return 0
    rows = session.execute(
        select(Entry.id, Entry.title, Entry.summary)
        .where(Entry.id > up_to)
        .order_by(Entry.id)
        .limit(limit)
    ).all()
    if not rows:
        return 0
    counted: Counter[str] = Counter()
    for row in rows:
        counted.update(set(filter(_is_word, index_words(f"{row.title} {row.summary}"))))
    _add(session, counted)
    session.execute(update(_STATE).values(words_up_to=rows[-1].id))
    return len(rows)


def _is_word(word: str) -> bool:
    return len(word) >= _SHORTEST and word.isalpha()


def _add(session: Session, counted: Counter[str]) -> None:
    if not counted:
        return
    insert = dialect_insert(dialect_of(session), _WORDS)
    more = insert.on_conflict_do_update(
        index_elements=["word"],
        set_={"entries": _WORDS.c.entries + insert.excluded.entries},
    )
    rows = [{"word": word, "entries": n} for word, n in sorted(counted.items())]
    session.connection().execute(more, rows)


def word_frequencies(session: Session, words: Collection[str]) -> dict[str, int]:
    """In how many entries each of these words was seen, of those that were seen at all."""
    dialect = dialect_of(session)
    statement = text(f"SELECT word, entries FROM search_words WHERE {_IN_WORDS[dialect]}")
    asked = {"words": json.dumps(sorted(words))}
    return {row.word: row.entries for row in session.execute(statement, asked)}


def words_with_prefix(session: Session, start: str, length: int) -> dict[str, int]:
    """Words that begin so and have about that many letters, seen several times."""
    rows = session.execute(
        select(_WORDS.c.word, _WORDS.c.entries)
        .where(
            _WORDS.c.word >= start,
            _WORDS.c.word < start + "\U0010ffff",
            func.length(_WORDS.c.word).between(length - 2, length + 2),
            _WORDS.c.entries >= _MIN_FREQUENCY,
        )
        .limit(_MAX_WORDS)
    )
    return {row.word: row.entries for row in rows}
