"""What editors do with topics: revisions, pins, removals and notes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput, NotFound
from aggregator.query.topic_rule import parse_rule
from aggregator.services.ingest.match_topics import find_memberships
from aggregator.storage.listing.summaries import find_summaries, list_entries
from aggregator.storage.topics import backfill, curation, members, topics
from aggregator.storage.topics.facts import topic_facts
from aggregator.storage.topics.feed_facets import load_feed_facets
from aggregator.types import (
    EntryFilter,
    EntryPage,
    EntrySummary,
    LocalizedText,
    MatchReason,
    Pin,
    Removal,
    Topic,
    TopicContent,
    TopicNote,
    TopicRevision,
    TopicSummary,
    User,
)
from aggregator.types.limits import (
    MAX_NOTE,
    MAX_REASON,
    MAX_TOPIC_ABOUT,
    MAX_TOPIC_NAME,
    MAX_TOPIC_SLUG,
    is_id,
    is_slug,
)

_RESERVED = frozenset(("new", "preview"))


@dataclass(frozen=True, slots=True)
class PinnedEntry:
    """A pin with its entry."""

    pin: Pin
    entry: EntrySummary


@dataclass(frozen=True, slots=True)
class TopicDeskView:
    """The entries of a topic as editors see them."""

    topic: Topic
    page: EntryPage
    reasons: dict[int, MatchReason]
    pins: tuple[PinnedEntry, ...]
    removals: tuple[Removal, ...]


@dataclass(frozen=True, slots=True)
class History:
    """The revisions of a topic, and two of them to compare."""

    topic: Topic
    revisions: tuple[TopicRevision, ...]
    before: TopicRevision | None
    after: TopicRevision


# --- topics ----------------------------------------------------------------------------------


def list_all(session: Session) -> tuple[TopicSummary, ...]:
    """All topics except deleted ones, with drafts."""
    found = topics.list_topics(session, "draft", "published")
    facts = topic_facts(session, [topic.id for topic in found])
    return tuple(
        TopicSummary(topic, facts[topic.id].entry_count, facts[topic.id].newest_at)
        for topic in found
        if topic.id in facts
    )


def list_deleted(session: Session) -> tuple[Topic, ...]:
    """Deleted topics, the latest first."""
    found = topics.list_topics(session, "deleted")
    return tuple(sorted(found, key=lambda topic: topic.updated_at, reverse=True))


def find(session: Session, slug: str) -> Topic:
    """A topic in any state. Raises NotFound."""
    return topics.find_topic(session, slug)


def find_by_id(session: Session, topic_id: int) -> Topic:
    """A topic by its id, which a change of slug does not affect. Raises NotFound."""
    return topics.topic_by_id(session, topic_id)


def list_notes(session: Session, topic: Topic) -> tuple[TopicNote, ...]:
    """The notes of editors on a topic, the newest first."""
    return curation.list_notes(session, topic.id)


def create(session: Session, editor: User, content: TopicContent, now: datetime) -> Topic:
    """Create a topic. Raises InvalidInput, QueryError, Conflict."""
    return topics.add_topic(session, validate(content), editor.name, now)


def save(
    session: Session,
    editor: User,
    topic: Topic,
    content: TopicContent,
    *,
    base: int,
    reason: str,
    now: datetime,
) -> Topic:
    """Save the next revision of a topic, made from revision `base`, if anything changed.

    Raises TopicChanged if another editor saved first, InvalidInput, QueryError, Conflict.
    """
    content = validate(content)
    if content == topic.content and base == topic.revision:
        return topic
    return topics.save_topic(
        session, topic, content, base=base, editor=editor.name,
        reason=_text(reason, MAX_REASON), now=now,
    )  # fmt: skip


def revert(
    session: Session, editor: User, topic: Topic, number: int, *, base: int, reason: str,
    now: datetime,
) -> Topic:  # fmt: skip
    """Save the content of an old revision as a new one. Raises NotFound and as `save` does.

    Reverting restores a deleted topic, and never deletes one.
    """
    content = topics.find_revision(session, topic.id, number).content
    if content.state == "deleted":
        content = replace(content, state="draft")
    return save(session, editor, topic, content, base=base, reason=reason, now=now)


def delete(
    session: Session, editor: User, topic: Topic, *, base: int, reason: str, now: datetime
) -> None:
    """Delete a topic that the editor saw as revision `base`; only its revisions stay.

    Raises TopicChanged if another editor saved it since.
    """
    content = replace(topic.content, state="deleted")
    save(session, editor, topic, content, base=base, reason=reason, now=now)
    topics.empty_topic(session, topic.id)


def history(session: Session, slug: str, before: int | None, after: int | None) -> History:
    """Revisions `before` and `after` to compare; by default the last two. Raises NotFound."""
    topic = topics.find_topic(session, slug)
    revisions = topics.list_revisions(session, topic.id)
    later = topics.find_revision(session, topic.id, after or topic.revision)
    number = later.number - 1 if before is None else before
    earlier = topics.find_revision(session, topic.id, number) if number > 0 else None
    return History(topic, revisions, earlier, later)


def validate(content: TopicContent) -> TopicContent:
    """The content as it is stored. Raises InvalidInput, QueryError."""
    name = _localized(content.name, MAX_TOPIC_NAME)
    if not name.get("ar"):
        raise InvalidInput("error.topic_name", "a topic needs a name", field="name")
    slug = content.slug.strip().lower()
    if not is_slug(slug, MAX_TOPIC_SLUG) or slug in _RESERVED:
        raise InvalidInput("error.topic_slug", "letters a-z, digits and hyphens", field="slug")
    parse_rule(content.rule)
    return replace(
        content,
        slug=slug,
        name=name,
        about=_localized(content.about, MAX_TOPIC_ABOUT),
        rule=content.rule.strip(),
    )


def _localized(text: LocalizedText, limit: int) -> LocalizedText:
    return LocalizedText(*(_text(each, limit) for each in (text.ar, text.fr, text.en)))


def _text(text: str, limit: int) -> str:
    return " ".join(text.replace("\x00", "").split())[:limit]


# --- curation --------------------------------------------------------------------------------


def get_desk_view(session: Session, slug: str, cursor: str | None, now: datetime) -> TopicDeskView:
    """The entries of a topic, why they are in it, pins and removals. Raises NotFound."""
    topic = topics.find_topic(session, slug)
    chosen = EntryFilter(topic=slug, drafts=True, duplicates=True)
    page = list_entries(session, chosen, reader=None, cursor=cursor, limit=30)
    pins = curation.list_pins(session, topic.id, now)
    pinned = {entry.id: entry for entry in find_summaries(session, [pin.entry_id for pin in pins])}
    return TopicDeskView(
        topic,
        page,
        members.reasons(session, topic.id, [entry.id for entry in page.entries]),
        tuple(PinnedEntry(pin, pinned[pin.entry_id]) for pin in pins if pin.entry_id in pinned),
        curation.list_removals(session, topic.id),
    )


def pin(
    session: Session, editor: User, slug: str, entry_id: int, *, days: int, note: str, now: datetime
) -> None:
    """Pin an entry to the top for `days`, or until unpinned if 0. Raises NotFound."""
    topic = topics.find_topic(session, slug)
    expires_at = now + timedelta(days=days) if days else None
    new = Pin(_entry_id(entry_id), 0, editor.name, now, expires_at, _text(note, MAX_REASON))
    curation.pin_entry(session, topic.id, new)


def unpin(session: Session, slug: str, entry_id: int) -> None:
    """Unpin an entry. Raises NotFound for the topic."""
    curation.unpin_entry(session, topics.find_topic(session, slug).id, entry_id)


def move_pin(session: Session, slug: str, entry_id: int, up: bool, now: datetime) -> None:
    """Move a pin one place up or down. Raises NotFound."""
    topic = topics.find_topic(session, slug)
    order = [pin.entry_id for pin in curation.list_pins(session, topic.id, now)]
    if entry_id not in order:
        raise NotFound("pin", entry_id)
    old = order.index(entry_id)
    new = max(old - 1, 0) if up else min(old + 1, len(order) - 1)
    order[old], order[new] = order[new], order[old]
    curation.reorder_pins(session, topic.id, order)


def remove(
    session: Session, editor: User, slug: str, entry_id: int, reason: str, now: datetime
) -> None:
    """Remove an entry, whatever the rule says. Raises NotFound."""
    topic = topics.find_topic(session, slug)
    if not find_summaries(session, [_entry_id(entry_id)]):
        raise NotFound("entry", entry_id)
    curation.remove_entry(session, topic.id, entry_id, editor.name, _text(reason, MAX_REASON), now)


def restore(session: Session, slug: str, entry_id: int, now: datetime) -> None:
    """Let the rule decide about an entry again. Raises NotFound."""
    topic = topics.find_topic(session, slug)
    if curation.restore_entry(session, topic.id, entry_id):
        rows = backfill.find_entries(session, [entry_id])
        found = find_memberships(
            topic.id, parse_rule(topic.content.rule), rows, load_feed_facets(session), now
        )
        members.add_members(session, list(found))


def add_note(session: Session, editor: User, slug: str, text: str, now: datetime) -> None:
    """Leave a note to the other editors. Raises InvalidInput if it is empty."""
    text = text.replace("\x00", "").strip()[:MAX_NOTE]
    if not text:
        raise InvalidInput("error.note_empty", "a note cannot be empty", field="note")
    curation.add_note(session, topics.find_topic(session, slug).id, editor.name, text, now)


def delete_note(session: Session, editor: User, slug: str, note_id: int) -> bool:
    """Delete one's own note; False if there is none."""
    return curation.delete_note(session, topics.find_topic(session, slug).id, note_id, editor.name)


def _entry_id(entry_id: int) -> int:
    if not is_id(entry_id):
        raise NotFound("entry", entry_id)
    return entry_id
