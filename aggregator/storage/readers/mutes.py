"""Words and sources that readers do not want in mixed lists."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from aggregator.storage.feeds.overview import source_refs
from aggregator.storage.models import MutedSource, MutedWord
from aggregator.storage.models.base import table
from aggregator.storage.sql.upsert import insert_or_ignore
from aggregator.types import Mutes, SourceRef


def mutes_of(session: Session, user_id: int) -> Mutes:
    """What a reader mutes: words in the order in which they were muted, sources as listed."""
    words = session.execute(_muted_words, {"reader": user_id}).scalars()
    return Mutes(tuple(words), muted_sources(session, user_id))


def muted_sources(session: Session, user_id: int) -> tuple[SourceRef, ...]:
    """The sources that a reader mutes, as listed."""
    ids = session.execute(_muted_sources, {"reader": user_id}).scalars().all()
    return tuple(source_refs(session, ids).values()) if ids else ()


_words, _sources = table(MutedWord).c, table(MutedSource).c
_muted_words = (
    select(_words.word)
    .where(_words.user_id == bindparam("reader"))
    .order_by(_words.muted_at, _words.word)
)
_muted_sources = select(_sources.source_id).where(_sources.user_id == bindparam("reader"))


def mute_word(session: Session, user_id: int, word: str, now: datetime) -> None:
    """Mute a word."""
    insert_or_ignore(session, MutedWord, [{"user_id": user_id, "word": word, "muted_at": now}])


def unmute_word(session: Session, user_id: int, word: str) -> None:
    """Unmute a word."""
    mine = MutedWord.user_id == user_id, MutedWord.word == word
    session.execute(delete(MutedWord).where(*mine))


def mute_source(session: Session, user_id: int, source_id: int, now: datetime) -> None:
    """Mute a source."""
    row = {"user_id": user_id, "source_id": source_id, "muted_at": now}
    insert_or_ignore(session, MutedSource, [row])


def unmute_source(session: Session, user_id: int, source_id: int) -> None:
    """Unmute a source."""
    mine = MutedSource.user_id == user_id, MutedSource.source_id == source_id
    session.execute(delete(MutedSource).where(*mine))
