"""Sections in the index: the feeds of a section, and entries of other feeds that name it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from aggregator.process.analysis.search_document import category_facet
from aggregator.storage.models import Feed
from aggregator.storage.search.counts import count_by, count_matches
from aggregator.storage.search.expressions import And, Expression, Facet, Not, Or, conjunction
from aggregator.storage.search.index_query import IndexQuery


class SectionFeeds:
    """The feeds of each section; names that search does not tell apart are one section."""

    def __init__(self, session: Session) -> None:
        self._feeds: dict[str, list[int]] = {}
        for id_, section in session.execute(select(Feed.id, Feed.section)):
            self._feeds.setdefault(category_facet(section), []).append(id_)

    def entries(self, section: str) -> Expression:
        """All entries of a section."""
        return Or((_named(section), *self._of_feeds(section)))

    def entries_of_others(self, section: str) -> Expression:
        """The entries of a section that are in none of its feeds."""
        return And((_named(section), Not(Or(self._of_feeds(section)))))

    def ids(self, section: str) -> Sequence[int]:
        """The ids of the feeds of a section."""
        return self._feeds.get(category_facet(section), ())

    def _of_feeds(self, section: str) -> tuple[Expression, ...]:
        return tuple(Facet((f"f{id_}",)) for id_ in self.ids(section))


def _named(section: str) -> Expression:
    return Facet((category_facet(section) or "nothing",))


def count_by_section(
    session: Session, query: IndexQuery, sections: Sequence[str]
) -> dict[str, int]:
    """Count the matches in each section; an entry with several sections counts in each.

    One pass counts those of all feeds. What is left for each section is rare as a rule: entries
    that name it, in feeds of other sections.
    """
    feeds, of_feeds = SectionFeeds(session), count_by(session, query, "feed_id")

    def count(section: str) -> int:
        others = conjunction(query.expression, feeds.entries_of_others(section))
        in_own = sum(of_feeds.get(id_, 0) for id_ in feeds.ids(section))
        return in_own + count_matches(session, replace(query, expression=others))

    return {section: count(section) for section in sections}
