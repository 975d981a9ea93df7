"""A reader's data as one JSON document (docs/export.md), written page by page.

Only one page of entries is in memory at a time, and no transaction is open while the reader's
connection is written to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from aggregator.services.accounts import (
    api_tokens,
    app_passwords,
    external_accounts,
    rate_limits,
    second_factor,
    sign_in,
)
from aggregator.services.reading import personal_feeds, preferences, source_requests
from aggregator.storage.engine import Database
from aggregator.storage.readers import export as store
from aggregator.storage.readers.export import ExportedEntry, ExportedTag
from aggregator.storage.readers.subscriptions import feed_urls_by_source
from aggregator.types import CHANGE_SIZES, User

PAGE = 500

# (session, id of the reader or tag, id after which to continue, limit) -> a page
Fetch = Callable[[Session, int, int, int], Sequence[ExportedEntry]]


def export(database: Database, reader: User, now: datetime) -> Iterator[str]:
    """The document in chunks. Raises TooManyAttempts and NotFound before the first chunk."""
    with database.write() as session:
        rate_limits.record_attempt(
            session, f"export:{reader.id}", rate_limits.EXPORTS_PER_READER, now
        )
    with database.read() as session:
        head = _head(session, reader, now)
        tags = store.tags(session, reader.id)
    return _chunks(database, reader, head, tags)


def _head(session: Session, reader: User, now: datetime) -> dict[str, object]:
    followed = store.followed_sources(session, reader.id)
    feeds = feed_urls_by_source(session, followed)
    return {
        "format": "marsad-reader",
        "version": 1,
        "exported_at": _time(now),
        "account": {
            "name": reader.name,
            "role": reader.role,
            "created_at": _time(store.account_created_at(session, reader.id)),
        },
        "preferences": asdict(preferences.load(session, reader)),
        "following": [
            {
                "source": source.slug,
                "name": source.name,
                "feeds": feeds.get(id_, []),
                "followed_at": _time(source.at),
            }
            for id_, source in followed.items()
        ],
        "folders": [
            {
                "name": folder.name,
                "sources": folder.sources,
                "created_at": _time(folder.created_at),
            }
            for folder in store.folders(session, reader.id)
        ],
        "topics": [
            {"topic": topic.slug, "followed_at": _time(topic.followed_at)}
            for topic in store.followed_topics(session, reader.id)
        ],
        "saved_searches": [
            {"name": search.name, "query": search.query, "saved_at": _time(search.saved_at)}
            for search in store.saved_searches(session, reader.id)
        ],
        "source_requests": [
            {
                "address": asked.address,
                "feed": asked.feed_url,
                "title": asked.title,
                "state": asked.state,
                "word": asked.word,
                "asked_at": _time(asked.asked_at),
            }
            for asked in source_requests.list_own(session, reader)
        ],
        "muted_words": [
            {"word": word, "muted_at": _time(at)}
            for word, at in store.muted_words(session, reader.id).items()
        ],
        "muted_sources": [
            {"source": source.slug, "name": source.name, "muted_at": _time(source.at)}
            for source in store.muted_sources(session, reader.id).values()
        ],
        "sessions": [
            {"browser": browser.user_agent, "signed_in_at": _time(browser.created_at)}
            for browser in sign_in.list_sessions(session, reader, now)
        ],
        "identities": [
            {
                "issuer": identity.issuer,
                "subject": identity.subject,
                "name": identity.name,
                "linked_at": _time(identity.linked_at),
                "last_used_at": _time(identity.last_used_at),
            }
            for identity in external_accounts.list_identities(session, reader)
        ],
        "api_tokens": [
            {
                "label": token.label,
                "scope": token.scope,
                "created_at": _time(token.created_at),
                "expires_at": _time(token.expires_at),
                "last_used_at": _time(token.last_used_at),
            }
            for token in api_tokens.list_tokens(session, reader)
        ],
        "app_passwords": [
            {
                "name": each.name,
                "created_at": _time(each.created_at),
                "last_used_at": _time(each.last_used_at),
            }
            for each in app_passwords.list_passwords(session, reader)
        ],
        "second_factor": _second_factor(session, reader),
        "personal_feeds": [
            {
                "list": feed.kind,
                "subject": feed.subject,
                "created_at": _time(feed.created_at),
                "last_used_at": _time(feed.last_used_at),
            }
            for feed in personal_feeds.list_feeds(session, reader)
        ],
        "read_up_to": [
            {"source": source.slug, "arrived_at": _time(source.at)}
            for source in store.read_marks(session, reader.id)
        ],
    }


def _second_factor(session: Session, reader: User) -> dict[str, object]:
    found = second_factor.find(session, reader)
    return {
        "passkeys": [
            {
                "name": passkey.name,
                "created_at": _time(passkey.created_at),
                "last_used_at": _time(passkey.last_used_at),
            }
            for passkey in found.passkeys
        ],
        "app_since": _time(found.app_since),
        "codes_left": found.codes_left,
    }


def _chunks(
    database: Database,
    reader: User,
    head: dict[str, object],
    tags: Sequence[ExportedTag],
) -> Iterator[str]:
    yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    exceptions = _entries(database, store.read_exceptions, reader.id)
    yield from _array("read_exceptions", exceptions)
    yield from _array("tagged", _tagged(database, tags))
    stories = _entries(database, store.followed_stories, reader.id, "followed_at")
    yield from _array("stories", stories)
    starred = _entries(database, store.starred_entries, reader.id, "starred_at")
    yield from _array("starred", starred)
    yield "\n}\n"


def _tagged(database: Database, tags: Sequence[ExportedTag]) -> Iterator[list[dict[str, object]]]:
    for tag in tags:
        for page in _entries(database, store.tagged_entries, tag.id, "tagged_at"):
            yield [{"tag": tag.name} | entry for entry in page]


def _entries(
    database: Database, fetch: Fetch, owner: int, at: str = ""
) -> Iterator[list[dict[str, object]]]:
    """Pages of entries, each fetched in its own transaction that ends before the page is used."""
    after = 0
    while True:
        with database.read() as session:
            page = fetch(session, owner, after, PAGE)
        if page:
            yield [_entry(entry, at) for entry in page]
        if len(page) < PAGE:
            return
        after = page[-1].id


def _entry(entry: ExportedEntry, at: str) -> dict[str, object]:
    described: dict[str, object] = {
        "title": entry.title,
        "url": entry.url,
        "source": entry.source,
        "published_at": _time(entry.published_at),
    }
    if entry.change_size:
        described["change"] = CHANGE_SIZES[entry.change_size - 1]
    if at:
        described[at] = _time(entry.at)
    if entry.read is not None:
        described["read"] = entry.read
    return described


def _array(name: str, pages: Iterator[list[dict[str, object]]]) -> Iterator[str]:
    separator = "\n"
    yield f',\n "{name}": ['
    for page in pages:
        yield separator + ",\n".join(f"  {json.dumps(each, ensure_ascii=False)}" for each in page)
        separator = ",\n"
    yield "\n ]" if separator != "\n" else "]"


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
