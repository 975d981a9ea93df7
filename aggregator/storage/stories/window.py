"""The window of recent entries that new ones are compared with, read and saved per batch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Dialect, Select, Table, insert, select, update
from sqlalchemy.orm import Session

from aggregator.keys import pack, unpack
from aggregator.process.stories.clustering import StoryWindow, representatives
from aggregator.process.stories.idf import DocumentFrequencies
from aggregator.process.stories.similarity import StoryVector, figures_of
from aggregator.storage.models import (
    ForbiddenMerge,
    StoryEntry,
    StoryFrequencies,
    StoryPosting,
    StoryVectorRow,
)
from aggregator.storage.models.base import UtcTime, table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.storage.sql.upsert import bulk_insert, dialect_insert, insert_or_ignore

_vectors, _postings, _frequencies = (
    table(StoryVectorRow),
    table(StoryPosting),
    table(StoryFrequencies),
)
_members, _apart = table(StoryEntry), table(ForbiddenMerge)
_AT = UtcTime()
_WEIGHT_SCALE = 65535.0
# Maximum entries that a process remembers, some kB each.
MAX_CACHED = 3000


class WindowCache:
    """What a process remembers of the window between two plans, while only it changes stories.

    Not safe for several threads.
    """

    def __init__(self) -> None:
        self.version: int | None = None
        self.frequencies: DocumentFrequencies | None = None
        self.vectors: dict[int, StoryVector] = {}

    def forget(self) -> None:
        """Forget everything: somebody else has changed stories."""
        self.version = self.frequencies = None
        self.vectors = {}

    def keep(self, window: StoryWindow, version: int) -> None:
        """Remember a window that was saved and has become `version`."""
        self.version, self.frequencies = version, window.frequencies
        for id_ in window.vectors.keys() & self.vectors.keys():
            del self.vectors[id_]  # used again: to the end
        self.vectors |= window.vectors
        while len(self.vectors) > MAX_CACHED:
            del self.vectors[next(iter(self.vectors))]


def load_frequencies(
    session: Session, cache: WindowCache
) -> tuple[DocumentFrequencies, int | None]:
    """Return how common terms are, and the version of stories; None before the first.

    `cache` forgets what it has of another version.
    """
    version = session.execute(select(_frequencies.c.version)).scalar_one_or_none()
    if version is not None and version == cache.version and cache.frequencies is not None:
        return cache.frequencies, version
    cache.forget()
    saved = session.execute(select(_frequencies.c.counts)).scalar_one_or_none()
    return DocumentFrequencies(saved or b""), version


def save_frequencies(
    session: Session, frequencies: DocumentFrequencies, version: int | None
) -> bool:
    """Save how common terms are; False if stories are no longer of `version`.

    Conditional, so that of two processes that read the same version only one goes on.
    """
    if version is None:
        insert_or_ignore(session, StoryFrequencies, [{"id": 1, "counts": b"", "version": 0}])
    read = version or 0
    same = update(_frequencies).where(_frequencies.c.version == read)
    return affected_rows(session, same.values(counts=frequencies.saved(), version=read + 1)) > 0


def change_version(session: Session) -> None:
    """Have pollers that are finding stories begin again: some have changed."""
    session.execute(update(_frequencies).values(version=_frequencies.c.version + 1))


def load_postings(session: Session, terms: Collection[int]) -> dict[int, list[int]]:
    """Return the latest entries of each of `terms`."""
    rows = session.execute(_postings_of(dialect_of(session)), {"keys": list(terms)})
    return {row.term: unpack("I", row.entries).tolist() for row in rows}


def load_vectors(
    session: Session,
    window: StoryWindow,
    candidates: Collection[int],
    known: Mapping[int, StoryVector] = MappingProxyType({}),
) -> None:
    """Load entries, their stories and those that represent these stories into the window.

    Only those that are not `known` are read.
    """
    dialect = dialect_of(session)
    wanted = {"keys": sorted(candidates)}
    stories = {row.story_id for row in session.execute(_stories_of(dialect), wanted)}
    for row in session.execute(_members_of(dialect), {"keys": sorted(stories)}):
        window.members.setdefault(row.story_id, []).append(row.entry_id)
        window.story_of[row.entry_id] = row.story_id
    compared = set(candidates).union(*map(representatives, window.members.values()))
    for id_ in compared & known.keys():
        window.vectors[id_] = known[id_]
    missing = sorted(compared - known.keys())
    for row in session.execute(_vectors_of(dialect), {"keys": missing}):
        window.vectors[row.entry_id] = _from_row(row)
    for one, other in session.execute(select(_apart.c.one_id, _apart.c.other_id)):
        window.forbidden_merges.add((one, other))


def save(
    session: Session, window: StoryWindow, new: Sequence[StoryVector], changed_terms: Iterable[int]
) -> None:
    """Save new entries for later ones to be compared with; frequencies are saved before."""
    dialect = session.connection().dialect
    if new:
        rows = [_to_row(entry, dialect) for entry in new]
        bulk_insert(session, insert(_vectors), _VECTOR_COLUMNS, rows)
    changed = [(term, ids) for term in changed_terms if (ids := window.postings.get(term))]
    if changed:
        kept = [(term, pack("I", ids), ids[-1]) for term, ids in changed]
        _replace(session, _postings, ("term", "entries", "newest"), kept)


def _replace(
    session: Session, target: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows, replacing those with the same key, the first column."""
    statement = dialect_insert(dialect_of(session), target)
    values = {name: statement.excluded[name] for name in columns[1:]}
    replacing = statement.on_conflict_do_update(index_elements=[columns[0]], set_=values)
    bulk_insert(session, replacing, columns, rows)


_VECTOR_COLUMNS = (
    "entry_id", "source_id", "language", "at", "words", "weights", "anchors", "anchor_weights",
    "sketch", "form", "figures", "score", "serial", "brief",
)  # fmt: skip


def _to_row(entry: StoryVector, dialect: Dialect) -> tuple[Any, ...]:
    return (
        entry.id,
        entry.source,
        entry.language,
        _AT.process_bind_param(entry.at, dialect),
        pack("I", entry.words),
        _weights(entry.words),
        pack("I", [*entry.names, *entry.anchors]),
        bytes(2 * len(entry.names)) + _weights(entry.anchors),
        pack("I", entry.sketch),
        entry.form,
        entry.title_figures,
        entry.score,
        entry.serial,
        entry.brief,
    )


def _weights(terms: Mapping[int, float]) -> bytes:
    return pack("H", map(int, map(_WEIGHT_SCALE.__mul__, terms.values())))


def _from_row(row: Any) -> StoryVector:
    anchors = _terms(row.anchors, row.anchor_weights)
    names = _weightless(row.anchors, row.anchor_weights)
    return StoryVector(
        id=row.entry_id,
        source=row.source_id,
        language=row.language,
        at=row.at,
        words=_terms(row.words, row.weights),
        anchors=anchors,
        figures=figures_of(anchors),
        names=names,
        sketch=frozenset(unpack("I", row.sketch)),
        form=row.form,
        title_figures=row.figures,
        score=row.score,
        serial=row.serial,
        brief=row.brief,
    )


def _terms(keys: bytes, weights: bytes) -> dict[int, float]:
    values = [weight / _WEIGHT_SCALE for weight in unpack("H", weights)]
    return dict(zip(unpack("I", keys), values, strict=True))


def _weightless(keys: bytes, weights: bytes) -> frozenset[int]:
    """The names: they stand before the anchors that they are among, with a weight of 0."""
    named = zip(unpack("I", keys), unpack("H", weights), strict=True)
    return frozenset([key for key, weight in named if not weight])


@cache
def _postings_of(dialect: str) -> Select[Any]:
    columns = _postings.c.term, _postings.c.entries
    return select(*columns).where(in_list(_postings.c.term, "keys", dialect))


@cache
def _stories_of(dialect: str) -> Select[Any]:
    return (
        select(_members.c.story_id).where(in_list(_members.c.entry_id, "keys", dialect)).distinct()
    )


@cache
def _members_of(dialect: str) -> Select[Any]:
    columns = _members.c.story_id, _members.c.entry_id
    found = select(*columns).where(in_list(_members.c.story_id, "keys", dialect))
    return found.order_by(_members.c.story_id, _members.c.entry_id)


@cache
def _vectors_of(dialect: str) -> Select[Any]:
    return select(_vectors).where(in_list(_vectors.c.entry_id, "keys", dialect))
