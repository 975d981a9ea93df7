"""Which topics new and edited entries belong to: matched before they are stored, then written.

A process reads the rules of all topics once, and again whenever one changes; an entry then costs
a look-up of its words.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import QueryError
from aggregator.process.analysis.search_document import index_words, searchable_text
from aggregator.query import print_query
from aggregator.query.matcher import IndexedText, MatchableEntry, explain, name_key
from aggregator.query.rule_index import RuleIndex
from aggregator.query.topic_rule import TopicRule, parse_rule
from aggregator.storage.topics import members, topics
from aggregator.storage.topics.backfill import StoredEntry
from aggregator.storage.topics.feed_facets import FeedFacets, load_feed_facets
from aggregator.storage.topics.members import Membership
from aggregator.types import ChangedEntry, EntryChanges, NewEntry, PreparedEntry, SearchDocument

log = logging.getLogger("marsad.topics")

_MAX_REASONS = 12


def matchable_from_row(row: StoredEntry, feed: FeedFacets) -> MatchableEntry:
    """Return a stored entry as rules see it."""
    words = SearchDocument(
        title=" ".join(index_words(row.title)),
        text=" ".join(index_words(searchable_text(row.summary, row.content or ""))),
        title_stems="",
        text_stems="",
        facets="",
    )
    return _matchable(row, words, feed, row.published_at, row.categories or ())


def _matchable(
    entry: PreparedEntry | StoredEntry,
    words: SearchDocument,
    feed: FeedFacets,
    published_at: datetime,
    categories: Iterable[str],
) -> MatchableEntry:
    return MatchableEntry(
        title=IndexedText(words.title.split()),
        body=IndexedText(words.text.split()),
        author=IndexedText(index_words(entry.author)),
        sources=feed.sources,
        owners=feed.owners,
        country=feed.country,
        language=entry.language,
        sections=frozenset(map(name_key, (feed.section, *categories))),
        published_on=feed.day_of(published_at),
        has_image=entry.image_url is not None,
    )


def find_memberships(
    topic_id: int,
    rule: TopicRule,
    rows: Iterable[StoredEntry],
    places: Mapping[int, FeedFacets],
    now: datetime,
) -> Iterator[Membership]:
    """Yield those `rows` that match the rule of a topic, and why."""
    for row in rows:
        if row.feed_id not in places or not is_in_window(rule.window, row.published_at, now):
            continue
        entry = matchable_from_row(row, places[row.feed_id])
        if rule.matches(entry):
            yield Membership(topic_id, row.id, row.published_at, match_reasons(rule, entry))


def match_reasons(rule: TopicRule, entry: MatchableEntry) -> tuple[str, ...]:
    """Explain why an entry matches, as pieces of a query."""
    return tuple(print_query(leaf) for leaf in (explain(rule.tree, entry) or ())[:_MAX_REASONS])


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """A topic whose rule an entry answers to."""

    topic_id: int
    published_at: datetime
    why: tuple[str, ...]
    in_window: bool
    """Whether the entry is young enough to be shown in the topic."""


class TopicMatcher:
    """The rules of all topics, held by one process and read again when one changes."""

    def __init__(self) -> None:
        self.rules_version = 0
        self._rules = RuleIndex({})
        self._feeds: Mapping[int, FeedFacets] = {}

    def refresh(self, session: Session, feed_ids: Collection[int]) -> None:
        """Read the rules if they changed, and what they may ask about feeds not met before."""
        version = topics.rules_version(session)
        if version != self.rules_version:
            self._rules = RuleIndex(read_rules(topics.all_rules(session)))
            self.rules_version = version
        if self._rules.rules and not self._feeds.keys() >= set(feed_ids):
            self._feeds = load_feed_facets(session)

    def match(
        self, feed_id: int, changes: EntryChanges, now: datetime
    ) -> dict[int, tuple[TopicMatch, ...]]:
        """Find the topics of new and edited entries, by the identity that they are stored under."""
        if not self._rules.rules or feed_id not in self._feeds:
            return {}
        dated = [
            (item.identity, item.entry, min(item.entry.published_at or now, now))
            for item in changes.new
        ]
        dated += [
            (item.identity, item.entry, item.published_at)
            for item in changes.changed
            if item.edited
        ]
        return {
            identity: tuple(self._matches(feed_id, entry, published_at, now))
            for identity, entry, published_at in dated
        }

    def _matches(
        self, feed_id: int, entry: PreparedEntry, published_at: datetime, now: datetime
    ) -> Iterator[TopicMatch]:
        feed = self._feeds[feed_id]
        matchable = _matchable(entry, entry.words, feed, published_at, entry.categories)
        for topic_id in self._rules.matching(matchable):
            rule = self._rules.rules[topic_id]
            in_window = is_in_window(rule.window, published_at, now)
            why = match_reasons(rule, matchable) if in_window else ()
            yield TopicMatch(topic_id, published_at, why, in_window)


def update_memberships(
    session: Session,
    new: Sequence[tuple[int, NewEntry]],
    changed: Sequence[ChangedEntry],
    matches: Mapping[int, Sequence[TopicMatch]],
) -> None:
    """Put new entries, with their ids, into their topics, and edited ones where they now belong.

    `matches` by identity, as `TopicMatcher.match` found them.
    """
    if not matches:
        return
    edited = {item.id: matches.get(item.identity, ()) for item in changed if item.edited}
    before = members.topics_of(session, edited) if edited else {}
    for entry_id, found in edited.items():
        left = before.get(entry_id, set()) - {each.topic_id for each in found}
        members.retain_members(session, dict.fromkeys(left, ()), entry_id, entry_id)
    stored = {id_: matches.get(item.identity, ()) for id_, item in new} | edited
    members.add_members(
        session,
        [
            Membership(each.topic_id, entry_id, each.published_at, each.why)
            for entry_id, found in stored.items()
            for each in found
            if each.in_window
        ],
    )


def try_read_rule(text: str) -> TopicRule | None:
    """Parse a rule; None if it cannot be parsed."""
    try:
        return parse_rule(text)
    except QueryError:
        return None


def read_rules(texts: Mapping[int, str]) -> dict[int, TopicRule]:
    """Parse rules by topic; one that cannot be parsed (an older version wrote it) is logged."""
    rules: dict[int, TopicRule] = {}
    for topic_id, text in texts.items():
        try:
            rules[topic_id] = parse_rule(text)
        except QueryError as error:
            log.error("ignoring the rule of topic %d: %s", topic_id, error)
    return rules


def is_in_window(window: timedelta | None, published_at: datetime, now: datetime) -> bool:
    """Return whether an entry is recent enough for a topic."""
    return window is None or published_at >= now - window
