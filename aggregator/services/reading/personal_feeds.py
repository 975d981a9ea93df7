"""Feeds of a reader's own lists: making, revoking and reading them at their secret addresses.

A feed reader cannot sign in, so the address is the key. Each list has an address of its own, which
can be revoked alone; only its hash is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, InvalidLink
from aggregator.query import is_wordless, parse
from aggregator.services.accounts.tokens import new_token, token_hash
from aggregator.services.reading.tagging import clean_tag
from aggregator.storage.accounts import personal_feeds as store
from aggregator.storage.accounts.personal_feeds import OwnedFeed
from aggregator.storage.readers.tags import find_tag, lock_reader
from aggregator.types import MAX_PERSONAL_FEEDS, EntryFilter, PersonalFeed, PersonalListKind, User

# The permission that each list needs, at each reading.
PERMISSIONS: dict[PersonalListKind, str] = {
    "mine": "source.follow",
    "starred": "entry.star",
    "tag": "tag.list",
    "search": "entry.read",
}
# The last use of a feed is noted once an hour.
_NOTE_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NewFeed:
    """A feed just made. `secret` is shown only once."""

    feed: PersonalFeed
    secret: str


def create(
    session: Session, reader: User, kind: PersonalListKind, subject: str, now: datetime
) -> NewFeed:
    """Make a feed of a list; `subject` is a tag or a query.

    Raises InvalidInput for one too many, QueryError for a malformed query, NotFound for the tag.
    """
    subject = _subject(session, reader, kind, subject)
    lock_reader(session, reader.id)
    if store.count_feeds(session, reader.id) >= MAX_PERSONAL_FEEDS:
        raise InvalidInput("error.feeds_many", f"at most {MAX_PERSONAL_FEEDS} personal feeds")
    secret = new_token()
    feed = PersonalFeed(token_hash(secret), kind, subject, now, None)
    store.insert_feed(session, feed, reader.id)
    return NewFeed(feed, secret)


def list_feeds(session: Session, reader: User) -> tuple[PersonalFeed, ...]:
    """A reader's feeds, the latest first."""
    return store.list_feeds(session, reader.id)


def revoke(session: Session, reader: User, feed_id: str) -> None:
    """Revoke one of one's own feeds; a no-op if there is none."""
    store.delete_feed(session, feed_id, reader.id)


def find(session: Session, secret: str) -> OwnedFeed:
    """The feed at a secret address, and whose it is. Raises InvalidLink."""
    found = store.find_feed(session, token_hash(secret))
    if found is None:
        raise InvalidLink
    return found


def is_use_news(feed: PersonalFeed, now: datetime) -> bool:
    """Whether the use of a feed should be noted now."""
    last = feed.last_used_at
    return last is None or not last <= now < last + _NOTE_AFTER


def record_use(session: Session, feed_id: str, now: datetime) -> None:
    """Note that a feed was read."""
    store.set_last_use(session, feed_id, now)


def entry_filter(feed: PersonalFeed) -> EntryFilter:
    """What a feed shows, except for a search."""
    return EntryFilter(
        following=feed.kind == "mine",
        starred=feed.kind == "starred",
        tag=feed.subject if feed.kind == "tag" else None,
    )


def _subject(session: Session, reader: User, kind: PersonalListKind, subject: str) -> str:
    if kind == "tag":
        return find_tag(session, reader.id, clean_tag(subject))
    if kind == "search":
        if is_wordless(parse(subject)):
            raise InvalidInput("error.search_empty", "a search needs at least one word", field="q")
        return subject.strip()
    return ""
