"""Words and sources that readers do not want in mixed lists."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from aggregator.storage.feeds.overview import source_refs
from aggregator.storage.models import MutedSource, MutedWord
from aggregator.storage.sql.upsert import insert_or_ignore
from aggregator.types import Mutes


def mutes_of(session: Session, user_id: int) -> Mutes:
    """What a reader mutes: words in the order in which they were muted, sources as listed."""
    words = select(MutedWord.word).where(MutedWord.user_id == user_id)
    sources = select(MutedSource.source_id).where(MutedSource.user_id == user_id)
    ids = session.execute(sources).scalars().all()
    return Mutes(
        tuple(session.execute(words.order_by(MutedWord.muted_at, MutedWord.word)).scalars()),
        tuple(source_refs(session, ids).values()) if ids else (),
    )


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
