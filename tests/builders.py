"""Builders of the objects and rows that tests start from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import argon2
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from aggregator.keys import key64
from aggregator.process.analysis.search_document import build_search_document, searchable_text
from aggregator.process.analysis.word_features import analyze_text
from aggregator.process.entries import fingerprint
from aggregator.process.html.urls import page_key, url_key
from aggregator.services.accounts.passwords import PasswordHasher
from aggregator.services.reading import unread
from aggregator.storage.engine import Database
from aggregator.storage.entries import write as entry_storage
from aggregator.storage.feeds import leases
from aggregator.storage.models import Entry, EntryContent, Feed, Source, Star, UserRow
from aggregator.storage.models.tags import EntryTag, Tag
from aggregator.storage.search import indexing as index
from aggregator.storage.search.indexing import IndexDocument
from aggregator.types import (
    FeedForPoll,
    FeedSpec,
    FoundFeed,
    Headline,
    KnownEntry,
    LocalizedName,
    NewEntry,
    Owner,
    PreparedEntry,
    PreparedFeed,
    Role,
    SearchDocument,
    SourceSpec,
    UnreadCounts,
    User,
)

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
FAST_PASSWORDS = PasswordHasher(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
# Long enough to be recognised whatever the headline.
BODY = (
    "أعلنت وزارة التجهيز والماء أن نسبة ملء السدود بلغت أربعين في المائة بعد التساقطات الأخيرة "
    "التي عرفتها مختلف جهات المملكة خلال الأسبوع الماضي وأكدت أن الوضعية المائية تحسنت مقارنة "
    "مع السنة الماضية وأن التزود بالماء الصالح للشرب مضمون في جميع المدن والمراكز القروية"
)
NO_WORDS = SearchDocument("", "", "", "", "all")


# --- entries -------------------------------------------------------------------------------------


def an_entry(
    title: str = "ملء السدود يتحسن",
    url: str | None = None,
    *,
    guid: str | None = None,
    text: str = "",
    published_at: datetime | None = NOW - timedelta(hours=1),
    **values: Any,
) -> PreparedEntry:
    """A prepared entry with the keys that `ingest.prepare` would give it."""
    title_form, text_form = fingerprint.comparison_bytes(title), fingerprint.comparison_bytes(text)
    key = url_key(url) if url else None
    former_key = page_key(url) if url else None
    identity = fingerprint.identity_key(fingerprint.usable_guid(guid), key, title_form, text_form)
    former_identity = fingerprint.identity_key(
        fingerprint.usable_guid(guid), former_key, title_form, text_form
    )
    entry = PreparedEntry(
        identity=identity,
        guid=guid or url or f"marsad:{identity & 0xFFFFFFFFFFFFFFFF:016x}",
        url=url,
        url_key=key,
        text_key=fingerprint.text_key(title_form, text_form, len(text.split())),
        title_key=fingerprint.title_key(title_form),
        revision=key64(title, text, url or ""),
        text_revision=key64(title, text),
        title=title,
        author="",
        summary=text[:400],
        content=f"<p>{text}</p>" if text else "",
        image_url=None,
        language="ar",
        direction="rtl",
        word_count=len(text.split()),
        categories=(),
        enclosures=(),
        published_at=published_at,
        updated_at=None,
        words=NO_WORDS,
        has_guid=fingerprint.usable_guid(guid) is not None,
        former_identity=former_identity if former_identity != identity else None,
        former_url_key=former_key if former_key != key else None,
    )
    entry = replace(entry, **values)
    return entry if "words" in values else replace(entry, words=words_for(entry))


def words_for(entry: PreparedEntry) -> SearchDocument:
    """What an entry is found by."""
    return build_search_document(
        analyze_text(entry.title),
        analyze_text(searchable_text(entry.summary, entry.content)),
        author=entry.author,
        language=entry.language,
        categories=entry.categories,
        has_image=entry.image_url is not None,
    )


def known_entry(entry: PreparedEntry, id_: int = 1, **values: Any) -> KnownEntry:
    """`entry` as the database knows it."""
    row = KnownEntry(
        id=id_,
        identity=entry.identity,
        url_key=entry.url_key,
        title_key=entry.title_key,
        text_key=entry.text_key,
        revision=entry.revision,
        text_revision=entry.text_revision,
        published_at=entry.published_at or NOW,
    )
    return replace(row, **values)


def a_document(*entries: PreparedEntry, **values: Any) -> PreparedFeed:
    """A prepared document of `entries`."""
    document = PreparedFeed(
        format="rss 2.0",
        title="جريدة",
        site_url=None,
        entries=entries,
        problems=(),
        ttl=None,
        hub_url=None,
        self_url=None,
        mean_gap_s=3600,
        newest_at=max((e.published_at for e in entries if e.published_at), default=None),
    )
    return replace(document, **values)


def a_found_feed(url: str = "https://new.example/feed", **values: Any) -> FoundFeed:
    """A feed that was looked up for a reader."""
    feed = FoundFeed(
        url=url,
        title="الجديد",
        language="ar",
        site="https://new.example",
        headlines=(Headline("خبر عاجل", "ar", NOW),),
        state="healthy",
        format="rss 2.0",
        entries=12,
        newest_at=NOW,
        took_ms=300,
    )
    return replace(feed, **values)


# --- sources and feeds ---------------------------------------------------------------------------


def a_source(
    slug: str = "hespress", *urls: str, sections: Iterable[str] = (), **values: Any
) -> SourceSpec:
    """A source as the operator writes it, with a feed at each of `urls`."""
    urls = urls or (f"https://{slug}.example/feed",)
    named = [*sections, *["general"] * len(urls)]
    source = SourceSpec(
        slug=slug,
        name=LocalizedName(slug, slug, slug),
        country="MA",
        language="ar",
        ownership=None,
        timezone="Africa/Casablanca",
        site=f"https://{slug}.example",
        feeds=tuple(FeedSpec(url, section) for url, section in zip(urls, named, strict=False)),
    )
    return replace(source, **values)


def an_owner(slug: str = "press-house", **values: Any) -> Owner:
    """An owner as the operator writes it."""
    owner = Owner(
        slug=slug,
        name=LocalizedName(f"دار {slug}", f"Maison {slug}", f"House {slug}"),
        kind="private",
        source_url=f"https://{slug}.example/about",
    )
    return replace(owner, **values)


def make_source(
    session: Session, slug: str = "hespress", *, name: str | None = None, **values: Any
) -> int:
    """A stored source; its id."""
    row = {
        "slug": slug,
        "name_ar": name or slug,
        "name_fr": name or slug,
        "name_en": name or slug,
        "country": "MA",
        "language": "ar",
        "ownership": None,
        "owner": None,
        "timezone": "Africa/Casablanca",
        "site": f"https://{slug}.example",
        "position": 0,
        "enabled": True,
    }
    return session.execute(insert(Source).returning(Source.id), row | values).scalar_one()


def make_feed(
    session: Session, source_id: int, url: str = "https://hespress.example/feed", **values: Any
) -> int:
    """A stored feed, due at `NOW`; its id."""
    row = {
        "source_id": source_id,
        "url": url,
        "section": "general",
        "position": 0,
        "enabled": True,
        "created_at": NOW,
        "status": "new",
        "failures": 0,
        "next_poll_at": NOW,
        "interval_s": 0,
        "entry_count": 0,
    }
    return session.execute(insert(Feed).returning(Feed.id), row | values).scalar_one()


def claim_feed(session: Session, feed_id: int, now: datetime = NOW) -> FeedForPoll:
    """The feed, claimed whether it is due or not."""
    (feed,) = leases.claim(
        session,
        Feed.id == feed_id,
        limit=1,
        lease=leases.new_lease_id(),
        now=now,
        until=now + timedelta(seconds=90),
    )
    return feed


def make_entry(
    session: Session,
    feed_id: int,
    title: str = "ملء السدود يتحسن",
    *,
    age: float = 1,
    **values: Any,
) -> int:
    """A stored entry, published `age` hours before `NOW`, columns as given; its id."""
    source_id = session.execute(select(Feed.source_id).where(Feed.id == feed_id)).scalar_one()
    guid = f"{feed_id} {title} {next(_numbers)}"
    entry = an_entry(title, f"https://hespress.example/{next(_numbers)}", guid=guid)
    row = {name: getattr(entry, name) for name in _ENTRY_COLUMNS} | {
        "feed_id": feed_id,
        "source_id": source_id,
        "published_at": NOW - timedelta(hours=age),
        "fetched_at": NOW,
        "duplicate_of": None,
    }
    body = {"content": entry.content, "categories": [], "enclosures": []}
    body |= {name: values.pop(name) for name in tuple(values) if name in body}
    id_ = session.execute(insert(Entry).returning(Entry.id), row | values).scalar_one()
    session.execute(insert(EntryContent), body | {"entry_id": id_})
    counted = update(Feed).where(Feed.id == feed_id).values(entry_count=Feed.entry_count + 1)
    session.execute(counted)
    return id_


_numbers = count(1)
_ENTRY_COLUMNS = (
    "identity", "guid", "url", "url_key", "text_key", "title_key", "revision", "text_revision",
    "title", "author", "summary", "image_url", "language", "direction", "word_count", "updated_at",
)  # fmt: skip


def store_entries(
    session: Session, feed_id: int, *entries: PreparedEntry, now: datetime = NOW
) -> list[int]:
    """New entries, stored as a poll stores them; their ids."""
    row = session.execute(select(Feed.source_id, Feed.url).where(Feed.id == feed_id)).one()
    feed = a_feed_for_poll(id=feed_id, url=row.url, source_id=row.source_id)
    new = [NewEntry(entry.identity, entry) for entry in entries]
    ids = entry_storage.insert_entries(session, feed, new, now)
    pairs = zip(ids, entries, strict=True)
    index.add(session, [_to_index(feed, id_, each, now) for id_, each in pairs])
    counted = Feed.entry_count + len(ids)
    session.execute(update(Feed).where(Feed.id == feed_id).values(entry_count=counted))
    return ids


def _to_index(feed: FeedForPoll, id_: int, entry: PreparedEntry, now: datetime) -> IndexDocument:
    published_at = min(entry.published_at or now, now)
    return IndexDocument(id_, feed.source_id, feed.id, published_at, entry.language, entry.words)


def a_feed_for_poll(**values: Any) -> FeedForPoll:
    """A claimed feed that no database knows."""
    feed = FeedForPoll(
        id=1,
        url="https://hespress.example/feed",
        source_id=1,
        source_slug="hespress",
        language="ar",
        timezone="Africa/Casablanca",
        site="https://hespress.example",
        etag=None,
        last_modified=None,
        body_digest=None,
        moved_to=None,
        interval_s=0,
        failures=0,
        mean_gap_s=None,
        newest_at=None,
        lease="elsewhere:1:abc",
    )
    return replace(feed, **values)


# --- readers -------------------------------------------------------------------------------------


def unread_counts_of(session: Session, reader: User) -> UnreadCounts:
    """What the reader has not read, counted now."""
    return unread.count_unread(session, reader, 0).counts


def make_user(session: Session, name: str = "Amina", role: Role = "reader") -> User:
    """An account."""
    values = {
        "name": name,
        "name_key": name.casefold(),
        "password_hash": "",
        "role": role,
        "created_at": NOW,
    }
    id_ = session.execute(insert(UserRow).returning(UserRow.id), values).scalar_one()
    return User(id_, name, role)


def make_star(session: Session, user_id: int, entry_id: int) -> None:
    values = {"user_id": user_id, "entry_id": entry_id, "starred_at": NOW}
    session.execute(insert(Star), values)


def make_tag(session: Session, user_id: int, entry_id: int, name: str = "سدود") -> None:
    values = {"user_id": user_id, "name": name, "name_key": name}
    tag_id = session.execute(insert(Tag).returning(Tag.id), values).scalar_one()
    session.execute(insert(EntryTag), {"tag_id": tag_id, "entry_id": entry_id, "tagged_at": NOW})


# --- looking -------------------------------------------------------------------------------------


def feed_row(database: Database, feed_id: int) -> Feed:
    """The row of a feed as it stands."""
    with database.read() as session:
        row = session.get_one(Feed, feed_id)
        session.expunge(row)
        return row


def entry_rows(database: Database, feed_id: int | None = None) -> list[Entry]:
    """The rows of entries as they stand, in the order of their ids."""
    with database.read() as session:
        statement = select(Entry).order_by(Entry.id)
        if feed_id is not None:
            statement = statement.where(Entry.feed_id == feed_id)
        rows = list(session.execute(statement).scalars())
        session.expunge_all()
        return rows
