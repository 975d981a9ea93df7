"""Change stored entries as a poll would."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from aggregator.process.revisions.plan import plan_revision
from aggregator.storage.entries import revisions
from aggregator.storage.models import Entry, EntryContent
from aggregator.types import ChangedEntry, EntryText
from tests.builders import NOW, an_entry


def revise(
    session: Session,
    entry_id: int,
    *,
    title: str | None = None,
    content: str | None = None,
    now: datetime = NOW,
) -> None:
    """Let the publisher of an entry change its headline, its body or both."""
    shown = Entry.title, Entry.summary, EntryContent.content
    row = session.execute(
        select(Entry.source_id, Entry.revision_count, *shown)
        .join(EntryContent, EntryContent.entry_id == Entry.id)
        .where(Entry.id == entry_id)
    ).one()
    before = EntryText(row.title, row.summary, row.content)
    after = EntryText(title or row.title, row.summary, content or row.content)
    item = ChangedEntry(entry_id, 0, an_entry(), True, NOW, row.revision_count)
    former = revisions.last_deltas(session, [item]).get(entry_id)
    plan = plan_revision(before, after, row.revision_count, former)
    assert plan is not None
    revisions.write_revisions(session, row.source_id, [item], {entry_id: plan}, now)
    session.execute(update(Entry).where(Entry.id == entry_id).values(title=after.title))
    contents = update(EntryContent).where(EntryContent.entry_id == entry_id)
    session.execute(contents.values(content=after.content))
