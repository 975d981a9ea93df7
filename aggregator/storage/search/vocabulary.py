"""The words of titles and summaries and how many entries have each, for spelling correction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection

from sqlalchemy import func, select, text, union_all, update
from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import index_words
from aggregator.storage.models import Entry, SearchState, SearchWord
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.upsert import dialect_insert

_WORDS = table(SearchWord)
_STATE = table(SearchState)
_MIN_LENGTH = 3
# A word that occurs only once may be a typo itself.
_MIN_FREQUENCY = 2
# Maximum candidates for one correction.
_MAX_WORDS = 3000
# Maximum difference in length between a word and its correction.
_LENGTH_MARGIN = 2
_IN_WORDS = {
    "sqlite": "word IN (SELECT value FROM json_each(:words))",
    "postgresql": "word = ANY(ARRAY(SELECT json_array_elements_text(CAST(:words AS json))))",
}


def count_new_words(session: Session, limit: int) -> int:
    """Count the words of up to `limit` entries not counted yet; return how many there were."""
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
        tokens = set(index_words(f"{row.title} {row.summary}"))
        counted.update(token for token in tokens if len(token) >= _MIN_LENGTH and token.isalpha())
    _add(session, counted)
    session.execute(update(_STATE).values(words_up_to=rows[-1].id))
    return len(rows)


def _add(session: Session, counted: Counter[str]) -> None:
    if not counted:
        return
    insert = dialect_insert(dialect_of(session), _WORDS)
    upsert = insert.on_conflict_do_update(
        index_elements=["word"],
        set_={"entries": _WORDS.c.entries + insert.excluded.entries},
    )
    rows = [{"word": word, "entries": count} for word, count in sorted(counted.items())]
    session.connection().execute(upsert, rows)


def word_frequencies(session: Session, words: Collection[str]) -> dict[str, int]:
    """Return how many entries have each of `words`; words without entries are left out."""
    dialect = dialect_of(session)
    statement = text(f"SELECT word, entries FROM search_words WHERE {_IN_WORDS[dialect]}")
    parameters = {"words": json.dumps(sorted(words))}
    return {row.word: row.entries for row in session.execute(statement, parameters)}


def words_beginning(session: Session, prefixes: Collection[str]) -> dict[str, int]:
    """Return words with any of `prefixes` and their entry counts; of each up to `_MAX_WORDS`."""
    if not prefixes:
        return {}
    some = [
        select(_WORDS.c.word, _WORDS.c.entries)
        .where(_WORDS.c.word >= prefix, _WORDS.c.word < prefix + "\U0010ffff")
        .limit(_MAX_WORDS)
        .subquery()
        for prefix in dict.fromkeys(prefixes)
    ]
    rows = session.execute(union_all(*(select(each) for each in some)))
    return {row.word: row.entries for row in rows}


def words_with_prefix(session: Session, prefix: str, length: int) -> dict[str, int]:
    """Return words with `prefix` and about `length` letters, with their entry counts."""
    rows = session.execute(
        select(_WORDS.c.word, _WORDS.c.entries)
        .where(
            _WORDS.c.word >= prefix,
            _WORDS.c.word < prefix + "\U0010ffff",
            func.length(_WORDS.c.word).between(length - _LENGTH_MARGIN, length + _LENGTH_MARGIN),
            _WORDS.c.entries >= _MIN_FREQUENCY,
        )
        .limit(_MAX_WORDS)
    )
    return {row.word: row.entries for row in rows}
