"""Muting words and sources in mixed lists."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput
from aggregator.storage.feeds import overview
from aggregator.storage.readers import mutes as store
from aggregator.storage.readers.read_versions import raise_read_version
from aggregator.storage.readers.tags import lock_reader
from aggregator.text.normalize import normalize
from aggregator.types import SourceRef, User
from aggregator.types.limits import MAX_MUTED_WORD

# Every title of a list is searched for all of them.
MAX_MUTED_WORDS = 200


def clean_word(text: str) -> str:
    """A word or phrase as it is stored: NFKC, white space folded. Raises InvalidInput.

    It needs a letter or a digit: a lone comma would hide nothing or everything.
    """
    word = " ".join(unicodedata.normalize("NFKC", text).split())
    if not any(character.isalnum() for character in normalize(word)):
        raise InvalidInput("error.mute_empty", "a muted word needs a letter or digit", field="word")
    if len(word) > MAX_MUTED_WORD:
        raise InvalidInput(
            "error.mute_long",
            f"a muted word has at most {MAX_MUTED_WORD} characters",
            field="word",
        )
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in word):
        raise InvalidInput(
            "error.bad_request", "a muted word cannot contain control characters", field="word"
        )
    return word


def mute_word(session: Session, reader: User, text: str, now: datetime) -> str:
    """Mute a word in all its spellings; the word as stored. Raises InvalidInput.

    A no-op if another spelling of it is muted already.
    """
    word = clean_word(text)
    lock_reader(session, reader.id)
    muted = {normalize(each): each for each in store.mutes_of(session, reader.id).words}
    if normalize(word) in muted:
        return muted[normalize(word)]
    if len(muted) >= MAX_MUTED_WORDS:
        raise InvalidInput(
            "error.mute_many", f"at most {MAX_MUTED_WORDS} words can be muted", field="word"
        )
    store.mute_word(session, reader.id, word, now)
    return word


def unmute_word(session: Session, reader: User, word: str) -> None:
    """Unmute a word; a no-op if it is not muted."""
    store.unmute_word(session, reader.id, word)


def mute_source(session: Session, reader: User, slug: str, on: bool, now: datetime) -> SourceRef:
    """Mute or unmute a source. Raises NotFound."""
    source = overview.source_ref(session, slug)
    raise_read_version(session, reader.id)
    if on:
        store.mute_source(session, reader.id, source.id, now)
    else:
        store.unmute_source(session, reader.id, source.id)
    return source
