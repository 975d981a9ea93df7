"""New and edited entries join their topics in the transaction that stores them.

A process loads the rules of all topics once and again whenever one changed; what it costs an entry
is looking up its words.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import QueryError
from aggregator.process.analysis.search_document import index_words, searchable_text
from aggregator.query import print_query
from aggregator.query.matcher import IndexedText, MatchableEntry, explain, name_key
from aggregator.query.rule_index import RuleIndex
from aggregator.query.topic_rule import TopicRule, parse_rule
from aggregator.storage.topics import backfill, topics
from aggregator.storage.topics import members as topic_entries
from aggregator.storage.topics.backfill import StoredEntry
from aggregator.storage.topics.feed_facets import FeedFacets, load_feed_facets
from aggregator.storage.topics.members import Membership
from aggregator.types import ChangedEntry, NewEntry, PreparedEntry, SearchDocument

log = logging.getLogger("marsad.topics")

_MAX_REASONS = 12


def matchable_from_row(row: StoredEntry, place: FeedFacets) -> MatchableEntry:
    """A stored entry as rules see it."""
    words = SearchDocument(
        title=" ".join(index_words(row.title)),
        text=" ".join(index_words(searchable_text(row.summary, row.content or ""))),
        title_stems="",
        text_stems="",
        facets="",
    )
    return _matchable(row, words, place, row.published_at, row.categories or ())


def _matchable(
    entry: PreparedEntry | StoredEntry,
    words: SearchDocument,
    place: FeedFacets,
    published_at: datetime,
    categories: Iterable[str],
) -> MatchableEntry:
    return MatchableEntry(
        title=IndexedText(words.title.split()),
        body=IndexedText(words.text.split()),
        author=IndexedText(index_words(entry.author)),
        sources=place.sources,
        country=place.country,
        language=entry.language,
        sections=frozenset(map(name_key, (place.section, *categories))),
        published_on=place.day_of(published_at),
        has_image=entry.image_url is not None,
    )


def find_memberships(
    topic_id: int,
    rule: TopicRule,
    rows: Iterable[StoredEntry],
    places: Mapping[int, FeedFacets],
    now: datetime,
) -> Iterator[Membership]:
    """The entries among `rows` that match the rule of a topic, and why."""
    for row in rows:
        if row.feed_id not in places or not is_in_window(rule.window, row.published_at, now):
            continue
        entry = matchable_from_row(row, places[row.feed_id])
        if rule.matches(entry):
            yield Membership(topic_id, row.id, row.published_at, match_reasons(rule, entry))


def match_reasons(rule: TopicRule, entry: MatchableEntry) -> tuple[str, ...]:
    """What speaks for an entry that matches, as pieces of a query."""
    return tuple(print_query(leaf) for leaf in (explain(rule.tree, entry) or ())[:_MAX_REASONS])


class TopicMatcher:
    """The rules of all topics in the memory of one process."""

    def __init__(self) -> None:
        self._version = -1
        self._book = RuleIndex({})
        self._feeds: Mapping[int, FeedFacets] = {}

    def update_memberships(
        self,
        session: Session,
        feed_id: int,
        new: Sequence[tuple[int, NewEntry]],
        changed: Sequence[ChangedEntry],
        now: datetime,
    ) -> None:
        """Put new entries (with their ids) into their topics, and edited ones where they belong."""
        if not (new or changed) or not self._refresh(session, feed_id):
            return
        members = [
            member
            for entry_id, item in new
            for member in self._members(feed_id, entry_id, item.entry, _published(item.entry, now))
        ]
        edited = [item for item in changed if item.edited]
        if edited:
            members += self._rematch_edited(session, feed_id, edited, now)
        topic_entries.add_members(session, [each for each in members if self._is_shown(each, now)])

    def _rematch_edited(
        self, session: Session, feed_id: int, edited: Sequence[ChangedEntry], now: datetime
    ) -> list[Membership]:
        published = backfill.published_at(session, [item.id for item in edited])
        before = topic_entries.topics_of(session, [item.id for item in edited])
        members: list[Membership] = []
        for item in edited:
            published_at = published.get(item.id, now)
            found = list(self._members(feed_id, item.id, item.entry, published_at))
            left = before.get(item.id, set()) - {member.topic_id for member in found}
            topic_entries.retain_members(session, dict.fromkeys(left, ()), item.id, item.id)
            members += found
        return members

    def _members(
        self, feed_id: int, entry_id: int, entry: PreparedEntry, published_at: datetime
    ) -> Iterable[Membership]:
        place = self._feeds[feed_id]
        seen = _matchable(entry, entry.words, place, published_at, entry.categories)
        for topic_id in self._book.matching(seen):
            rule = self._book.rules[topic_id]
            yield Membership(topic_id, entry_id, published_at, match_reasons(rule, seen))

    def _is_shown(self, member: Membership, now: datetime) -> bool:
        window = self._book.rules[member.topic_id].window
        return is_in_window(window, member.published_at, now)

    def _refresh(self, session: Session, feed_id: int) -> bool:
        """Have the rules as they are in this transaction; whether there are any."""
        version = topics.rules_version(session)
        if version == 0:
            return False
        if version != self._version:
            self._book = RuleIndex(read_rules(topics.all_rules(session)))
            self._version = version
        if feed_id not in self._feeds:
            self._feeds = load_feed_facets(session)
        return feed_id in self._feeds and bool(self._book.rules)


def try_read_rule(text: str) -> TopicRule | None:
    """A rule, if it can be read."""
    try:
        return parse_rule(text)
    except QueryError:
        return None


def read_rules(texts: Mapping[int, str]) -> dict[int, TopicRule]:
    """The rules that can be read; one that cannot (an older program wrote it) is told of."""
    rules: dict[int, TopicRule] = {}
    for topic_id, text in texts.items():
        try:
            rules[topic_id] = parse_rule(text)
        except QueryError as error:
            log.error("the rule of topic %d cannot be used: %s", topic_id, error)
    return rules


def is_in_window(window: timedelta | None, published_at: datetime, now: datetime) -> bool:
    """Whether an entry is young enough for a topic."""
    return window is None or published_at >= now - window


def _published(entry: PreparedEntry, now: datetime) -> datetime:
    """As `storage.entries` stores it."""
    return min(entry.published_at or now, now)
