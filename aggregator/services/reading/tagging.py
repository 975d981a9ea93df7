"""Tagging and starring entries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import islice

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput
from aggregator.storage.readers import tags as store
from aggregator.text.tag_key import tag_key
from aggregator.types import BulkChange, TagCount, User
from aggregator.types.limits import MAX_TAG

MAX_TAGS_PER_ENTRY = 50
MAX_SUGGESTIONS = 100

_SEPARATORS = re.compile(r"[,،;؛\r\n]+")
# Direction marks and the like: tags that look the same must be the same.
_INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")


def clean_tag(name: str) -> str:
    """A tag as it is stored: NFKC, white space folded. Raises InvalidInput."""
    folded = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", name)).split())
    if not folded:
        raise InvalidInput("error.tag_empty", "a tag needs at least one character", field="tags")
    if len(folded) > MAX_TAG:
        raise InvalidInput(
            "error.tag_long", f"a tag has at most {MAX_TAG} characters", field="tags"
        )
    control = any(unicodedata.category(character) in ("Cc", "Cs") for character in folded)
    if control or folded in (".", ".."):  # browsers drop these from URLs
        raise InvalidInput(
            "error.tag_characters",
            "a tag cannot contain control characters or be only dots",
            field="tags",
        )
    return folded


def split_tags(text: str) -> tuple[str, ...]:
    """The tags in what a reader typed, separated by commas, semicolons or line breaks."""
    parts = _SEPARATORS.split(unicodedata.normalize("NFKC", text))
    return tuple(clean_tag(part) for part in parts if part.strip())


def add_tags(session: Session, reader: User, entry_id: int, text: str, now: datetime) -> None:
    """Tag an entry with the tags in `text`. Raises NotFound, InvalidInput."""
    names = split_tags(text)
    if not names:
        raise InvalidInput("error.tag_empty", "a tag needs at least one character", field="tags")
    store.lock_reader(session, reader.id)
    store.require_entry(session, entry_id)
    present = store.tags_of(session, reader.id, [entry_id]).get(entry_id, ())
    if len({tag_key(name) for name in (*present, *names)}) > MAX_TAGS_PER_ENTRY:
        raise InvalidInput(
            "error.tag_many", f"an entry has at most {MAX_TAGS_PER_ENTRY} tags", field="tags"
        )
    store.add_tags(session, reader.id, entry_id, names, now)


def remove_tag(session: Session, reader: User, entry_id: int, name: str) -> None:
    """Take a tag off an entry; a no-op if it is not on it. Raises NotFound, InvalidInput."""
    store.lock_reader(session, reader.id)
    store.require_entry(session, entry_id)
    store.remove_tag(session, reader.id, entry_id, clean_tag(name))


def star(session: Session, reader: User, entry_id: int, on: bool, now: datetime) -> None:
    """Star or unstar an entry. Raises NotFound."""
    store.require_entry(session, entry_id)
    if on:
        store.add_star(session, reader.id, entry_id, now)
    else:
        store.remove_star(session, reader.id, entry_id)


def star_entries(
    session: Session, reader: User, ids: Collection[int], on: bool, now: datetime
) -> BulkChange:
    """Star or unstar entries; unknown ones are listed."""
    store.lock_reader(session, reader.id)
    known = store.existing_entries(session, ids)
    starred = store.starred_ids(session, reader.id, known)
    changed = sorted(known - starred if on else starred)
    if on:
        store.add_stars(session, reader.id, changed, now)
    else:
        store.remove_stars(session, reader.id, changed)
    return BulkChange(tuple(changed), tuple(sorted(set(ids) - known)))


def tag_entries(
    session: Session,
    reader: User,
    ids: Collection[int],
    names: Sequence[str],
    on: bool,
    now: datetime,
) -> BulkChange:
    """Put tags on entries, or take them off; unknown entries are listed. Raises InvalidInput."""
    cleaned = tuple(map(clean_tag, names))
    store.lock_reader(session, reader.id)
    known = store.existing_entries(session, ids)
    present = store.tags_of(session, reader.id, known)
    before = {id_: {tag_key(name) for name in present.get(id_, ())} for id_ in sorted(known)}
    keys = {tag_key(name) for name in cleaned}
    if on:
        changed = [id_ for id_, has in before.items() if not keys <= has]
        full = [id_ for id_ in changed if len(keys | before[id_]) > MAX_TAGS_PER_ENTRY]
        if full:
            raise InvalidInput(
                "error.tag_many",
                f"tags: entry {full[0]} would have more than {MAX_TAGS_PER_ENTRY}",
                field="tags",
            )
        store.tag_entries(session, reader.id, changed, cleaned, now)
    else:
        changed = [id_ for id_, has in before.items() if keys & has]
        store.untag_entries(session, reader.id, changed, cleaned)
    return BulkChange(tuple(changed), tuple(sorted(set(ids) - known)))


def list_tags(session: Session, reader: User) -> tuple[TagCount, ...]:
    """A reader's tags, the most used first."""
    return store.list_tags(session, reader.id)


def suggest_tags(session: Session, reader: User, present: Sequence[str]) -> tuple[str, ...]:
    """The reader's other tags than those `present`, the most used first."""
    keys = {tag_key(name) for name in present}
    tags = store.list_tags(session, reader.id)
    others = (tag.name for tag in tags if tag_key(tag.name) not in keys)
    return tuple(islice(others, MAX_SUGGESTIONS))
