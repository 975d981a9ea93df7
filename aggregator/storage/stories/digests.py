"""Digests of stories as rows: add entries that arrived, or rebuild from all that a story has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Insert, Select, Update, bindparam, delete, select, update
from sqlalchemy.orm import Session

from aggregator.keys import pack, unpack
from aggregator.process.stories.digest import (
    LanguageDigest,
    SourceDigest,
    StoryDigest,
    StoryMember,
    digest_of,
)
from aggregator.storage.models import Entry, StoryEntry, StoryLanguage, StoryRow, StorySource
from aggregator.storage.models.base import Base, table
from aggregator.storage.sql.dialects import dialect_of
from aggregator.storage.sql.in_list import in_list
from aggregator.storage.sql.upsert import dialect_insert

_entries, _members, _stories = table(Entry), table(StoryEntry), table(StoryRow)
_languages, _sources = table(StoryLanguage), table(StorySource)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def add_entries(session: Session, stories: Collection[int], entry_ids: Collection[int]) -> None:
    """Add entries to the digests of their stories; the cost does not grow with the stories.

    A story without a digest yet, or with an entry that arrived later, is rebuilt.
    """
    joining = _load_members(session, _by_entry, entry_ids)
    digests = _load(session, stories, {each.source for found in joining.values() for each in found})
    kept: dict[int, StoryDigest] = {}
    listed: set[int] = set()
    shown: set[int] = set()
    before = {story: digest.section for story, digest in digests.items()}
    for story, members in joining.items():
        digest = digests.get(story)
        if digest is None or members[0].id <= digest.newest_id:
            continue
        listed.update([digest.shown.shown_id, *(member.id for member in members)])
        for member in members:
            digest.add(member)
        shown.add(digest.shown.shown_id)
        kept[story] = digest
    _save(session, kept)
    _fold(session, listed, shown)
    _list_joining(session, kept, before, joining)
    rebuild(session, set(stories).difference(kept))


def rebuild(session: Session, stories: Iterable[int]) -> None:
    """Make the digests of stories from all of their entries; of fewer than two there is none."""
    wanted = sorted(set(stories))
    for start in range(0, len(wanted), _STORIES_AT_ONCE):
        some = wanted[start : start + _STORIES_AT_ONCE]
        found = _load_members(session, _by_story, some)
        made = {story: digest_of(each) for story, each in found.items()}
        several = {story: digest for story, digest in made.items() if len(found[story]) > 1}
        for model in (_languages, _sources):
            session.execute(delete(model).where(model.c.story_id.in_(some)))
        gone = [story for story in some if story not in several]
        session.execute(delete(StoryRow).where(StoryRow.id.in_(gone)))
        _save(session, several)
        alone = {story: each[0].id for story, each in found.items() if story not in several}
        shown = {story: digest.shown.shown_id for story, digest in several.items()} | alone
        ids = [member.id for members in found.values() for member in members]
        _fold(session, ids, shown.values())
        _list_in_sections(
            session, ((each, made[story].section) for story in found for each in found[story])
        )


# Stories whose entries are in memory together.
_STORIES_AT_ONCE = 200


# --- members ---------------------------------------------------------------------------------


def _load_members(
    session: Session, statement: Any, keys: Collection[int]
) -> dict[int, list[StoryMember]]:
    """Entries by story, in order of arrival."""
    found: dict[int, list[StoryMember]] = defaultdict(list)
    for row in session.execute(statement(dialect_of(session)), {"keys": list(keys)}):
        found[row.story_id].append(
            StoryMember(
                id=row.id,
                source=row.source_id,
                language=row.language,
                word_count=row.word_count,
                at=row.published_at,
                duplicate_of=row.duplicate_of,
                is_reprint=row.reprint_of is not None,
                agency=row.agency,
                section=row.own_section,
                listed_section=row.section,
            )
        )
    return found


@cache
def _by_story(dialect: str) -> Select[Any]:
    return _select_members().where(in_list(_members.c.story_id, "keys", dialect))


@cache
def _by_entry(dialect: str) -> Select[Any]:
    return _select_members().where(in_list(_members.c.entry_id, "keys", dialect))


def _select_members() -> Select[Any]:
    columns = (
        _entries.c.id, _entries.c.source_id, _entries.c.language, _entries.c.word_count,
        _entries.c.published_at, _entries.c.duplicate_of, _members.c.story_id,
        _members.c.reprint_of, _members.c.agency, _members.c.section.label("own_section"),
        _entries.c.section,
    )  # fmt: skip
    joined = select(*columns).join_from(_members, _entries, _entries.c.id == _members.c.entry_id)
    return joined.order_by(_members.c.story_id, _entries.c.id)


def _fold(session: Session, entry_ids: Collection[int], shown: Collection[int]) -> None:
    """Of these entries, have lists of stories leave out all but those `shown`."""
    if not entry_ids:
        return
    parameters = {"keys": list(entry_ids), "shown": list(shown)}
    for statement in _folding(dialect_of(session)):
        session.execute(statement, parameters)


@cache
def _folding(dialect: str) -> tuple[Update, Update]:
    ids = _members.c.entry_id
    here, shown = in_list(ids, "keys", dialect), in_list(ids, "shown", dialect)
    return (
        update(_members).where(here, ~shown, ~_members.c.folded).values(folded=True),
        update(_members).where(here, shown, _members.c.folded).values(folded=False),
    )


# --- sections --------------------------------------------------------------------------------


def _list_joining(
    session: Session,
    digests: Mapping[int, StoryDigest],
    before: Mapping[int, str],
    joining: Mapping[int, Sequence[StoryMember]],
) -> None:
    """List entries that joined in the sections of their stories; all, if that has changed."""
    moved = [story for story, digest in digests.items() if digest.section != before[story]]
    members = dict(joining) | (_load_members(session, _by_story, moved) if moved else {})
    _list_in_sections(
        session,
        ((each, digest.section) for story, digest in digests.items() for each in members[story]),
    )


def _list_in_sections(session: Session, members: Iterable[tuple[StoryMember, str]]) -> None:
    """Have each entry listed in a section; writes those that are not yet."""
    moving: dict[str, list[int]] = defaultdict(list)
    for member, section in members:
        if member.listed_section != section:
            moving[section].append(member.id)
    for section, ids in moving.items():
        session.execute(_moving(dialect_of(session)), {"keys": ids, "to_section": section})


@cache
def _moving(dialect: str) -> Update:
    here = in_list(_entries.c.id, "keys", dialect)
    return update(_entries).where(here).values(section=bindparam("to_section"))


# --- digests ---------------------------------------------------------------------------------


def _load(
    session: Session, stories: Collection[int], sources: Collection[int]
) -> dict[int, StoryDigest]:
    """Stored digests, with the sources that are about to get entries."""
    dialect, parameters = dialect_of(session), {"keys": list(stories), "sources": list(sources)}
    digests = {}
    for row in session.execute(_rows_of(_stories, "id", dialect), parameters):
        latest, earliest = unpack("I", row.latest), unpack("q", row.earliest)
        digests[row.id] = StoryDigest(
            first_at=row.first_at,
            source_count=row.source_count,
            agency=row.agency,
            latest=list(zip(latest[::2], latest[1::2], strict=True)),
            earliest=list(zip(map(_time, earliest[::2]), earliest[1::2], strict=True)),
            joined=list(map(_time, unpack("q", row.joined))),
            sections=_unpack_sections(row.sections),
        )
    for row in session.execute(_rows_of(_languages, "story_id", dialect), parameters):
        story, language, *values = row
        digests[story].languages[language] = LanguageDigest(*values)
    for row in session.execute(_of_sources(dialect), parameters):
        story, source, language, *values = row
        digests[story].sources[source, language] = SourceDigest(*values)
    return digests


@cache
def _rows_of(target: Any, key: str, dialect: str) -> Select[Any]:
    return select(target).where(in_list(target.c[key], "keys", dialect))


@cache
def _of_sources(dialect: str) -> Select[Any]:
    here = in_list(_sources.c.source_id, "sources", dialect)
    return _rows_of(_sources, "story_id", dialect).where(here)


def _save(session: Session, digests: Mapping[int, StoryDigest]) -> None:
    stories = [_story_row(story, digest) for story, digest in digests.items()]
    languages = [
        {"story_id": story, "language": language, **asdict(each)}
        for story, digest in digests.items()
        for language, each in digest.languages.items()
    ]
    sources = [
        {"story_id": story, "source_id": source, "language": language, **asdict(each)}
        for story, digest in digests.items()
        for (source, language), each in digest.sources.items()
    ]
    _upsert(session, StoryRow, stories)
    _upsert(session, StoryLanguage, languages)
    _upsert(session, StorySource, sources)


def _upsert(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.execute(_upserting(dialect_of(session), model), rows)


@cache
def _upserting(dialect: str, model: type[Base]) -> Insert:
    """Built once: this takes longer than one row does."""
    statement = dialect_insert(dialect, table(model))
    columns = [column.name for column in table(model).c if not column.primary_key]
    return statement.on_conflict_do_update(
        index_elements=list(table(model).primary_key),
        set_={name: statement.excluded[name] for name in columns},
    )


def _story_row(story: int, digest: StoryDigest) -> dict[str, Any]:
    shown = digest.shown
    return {
        "id": story,
        "lead_id": digest.lead_id,
        "shown_id": shown.shown_id,
        "entry_count": digest.entry_count,
        "source_count": digest.source_count,
        "languages": " ".join(digest.ordered_languages),
        "first_at": digest.first_at,
        "last_at": shown.shown_at,
        "agency": digest.agency,
        "latest": pack("I", (number for pair in digest.latest for number in pair)),
        "earliest": pack(
            "q", (number for at, source in digest.earliest for number in (_number(at), source))
        ),
        "joined": pack("q", map(_number, digest.joined)),
        "sections": " ".join(f"{name}:{count}" for name, count in digest.sections.items()),
    }


def _unpack_sections(text: str) -> dict[str, int]:
    pairs = (each.split(":") for each in text.split())
    return {name: int(count) for name, count in pairs}


class LastEntry(NamedTuple):
    """One of the entries that decide whether a story is read."""

    id: int
    source_id: int


class PackedStory(NamedTuple):
    """What the packed columns of a story hold, for its card."""

    latest: tuple[LastEntry, ...]
    """In order of arrival."""
    sources: tuple[int, ...]
    """The first sources, in order of publication."""
    joined: tuple[datetime, ...]
    """When the last sources joined, the latest first."""


def unpack_story(latest: bytes, earliest: bytes, joined: bytes) -> PackedStory:
    """Unpack the columns of the same names of a row of `stories`."""
    pairs = unpack("I", latest)
    return PackedStory(
        tuple(map(LastEntry, pairs[::2], pairs[1::2])),
        tuple(unpack("q", earliest)[1::2]),
        unpack_times(joined),
    )


def unpack_times(joined: bytes) -> tuple[datetime, ...]:
    """When the last sources joined, the latest first."""
    return tuple(map(_time, reversed(unpack("q", joined))))


def _number(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _time(number: int) -> datetime:
    return _EPOCH + timedelta(microseconds=number)
