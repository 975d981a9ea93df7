"""Who told stories of several sources, by day in the time zone of the site: daily sums, and the
stories that they count.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from aggregator.storage.models.base import Base

_NO_ROWID = {"sqlite_with_rowid": False}
# A condition that both databases recognise as that of the index.
RANKED = text("rank > 0")


class InsightDay(Base):
    """The stories first told on a day, counted by kind: `process.stories.insights.STORY_KINDS`."""

    __tablename__ = "insight_days"
    __table_args__ = (_NO_ROWID,)

    day: Mapped[date] = mapped_column(primary_key=True)
    basis: Mapped[int] = mapped_column(BigInteger)
    """Key of the time zone and of the groups of sources that it was summed up with."""
    fingerprint: Mapped[int] = mapped_column(BigInteger)
    """Key of the stories as they were then: another one means that it is out of date."""
    shared: Mapped[int]
    arabic: Mapped[int]
    french: Mapped[int]
    state: Mapped[int]
    abroad: Mapped[int]


class InsightSourceDay(Base):
    """What a source was in the stories of a day: `process.stories.insights.SourceSums`."""

    __tablename__ = "insight_source_days"
    __table_args__ = (_NO_ROWID,)

    day: Mapped[date] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    told: Mapped[int]
    first: Mapped[int]
    reprint: Mapped[int]
    leads: Mapped[bytes]
    """Packed (16 bits): minutes until a second source had it, of each story told first."""


class InsightStory(Base):
    """A story of a day, as it was counted: `process.stories.insights.StoryInsight`."""

    __tablename__ = "insight_stories"
    __table_args__ = (
        Index("ix_insight_stories_ranked", "day", sqlite_where=RANKED, postgresql_where=RANKED),
        _NO_ROWID,
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_entry_id: Mapped[int]
    source_count: Mapped[int]
    first_source_id: Mapped[int | None]
    second_source_id: Mapped[int]
    lead: Mapped[int]
    """In minutes."""
    rank: Mapped[int] = mapped_column(SmallInteger)
    """From 1: its place among the most widely told of the day; 0 beyond them."""
    arabic: Mapped[bool]
    french: Mapped[bool]
    state: Mapped[bool]
    abroad: Mapped[bool]


class InsightTelling(Base):
    """That a source told a story of a day, and what it was in it."""

    __tablename__ = "insight_tellings"
    __table_args__ = (_NO_ROWID,)

    source_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first: Mapped[bool]
    reprint: Mapped[bool]
