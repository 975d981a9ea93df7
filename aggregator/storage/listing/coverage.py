"""What some sources told of stories: which of them, and with which articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from aggregator.storage.models import Entry, StorySource
from aggregator.storage.models.base import table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.stories.write import stories_of

_told, _entries = table(StorySource).c, table(Entry).c


@dataclass(slots=True)
class Coverage:
    """A story as some sources told it."""

    source_ids: list[int] = field(default_factory=list)
    """The last to write of it first."""
    articles: dict[str, int] = field(default_factory=dict)
    """The newest entry in each language that is no copy, the newest of all first."""

    @property
    def shown_id(self) -> int | None:
        """The entry that stands for the story among these sources; None if all are copies."""
        return next(iter(self.articles.values()), None)

    def best_in(self, languages: Sequence[str]) -> list[int]:
        """The article in the first of `languages` that these sources wrote in; empty for none."""
        return [self.articles[code] for code in languages if code in self.articles][:1]


def coverage_by(
    session: Session, story_ids: Collection[int], source_ids: Collection[int]
) -> dict[int, Coverage]:
    """The stories that any of these sources told, by id."""
    rows = session.execute(
        _coverage(dialect_of(session)), {"stories": story_ids, "sources": source_ids}
    ).all()
    found: dict[int, Coverage] = defaultdict(Coverage)
    for story_id, source_id, language, shown_id in rows:
        story = found[story_id]
        if source_id not in story.source_ids:
            story.source_ids.append(source_id)
        if shown_id is not None:
            story.articles.setdefault(language, shown_id)
    return dict(found)


def shown_by(
    session: Session, entry_ids: Collection[int], source_ids: Collection[int]
) -> dict[int, int]:
    """The entry by which these sources tell the story of each entry, as far as they tell it."""
    stories = stories_of(session, entry_ids)
    told = coverage_by(session, set(stories.values()), source_ids)
    own = session.execute(
        _own(dialect_of(session)), {"entries": entry_ids, "sources": source_ids}
    ).scalars()
    shown = {id_: id_ for id_ in own}  # of stories alone, and of others if they told them last
    for id_, story in stories.items():
        if story in told and (article := told[story].shown_id) is not None:
            shown[id_] = article
    return shown


@cache
def _own(dialect: str) -> Select[Any]:
    return select(_entries.id).where(
        in_list(_entries.id, "entries", dialect),
        in_list(_entries.source_id + 0, "sources", dialect),
    )


@cache
def _coverage(dialect: str) -> Select[Any]:
    return (
        select(_told.story_id, _told.source_id, _told.language, _told.shown_id)
        # Added to, so that SQLite reads the sources of the stories, not every story of a source.
        .where(in_list(_told.story_id, "stories", dialect))
        .where(in_list(_told.source_id + 0, "sources", dialect))
        .order_by(_told.shown_at.desc().nulls_last(), _told.shown_id.desc())
    )
