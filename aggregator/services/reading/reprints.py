"""What entries reprint, and how much of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Protocol

from sqlalchemy.orm import Session

from aggregator.process.analysis.story_features import BODY_CHARACTERS
from aggregator.process.html.text import sanitized_to_text
from aggregator.process.stories.reprints import containment
from aggregator.storage.listing import reprints, summaries
from aggregator.text.tokens import folded_words
from aggregator.types import EntrySummary


class KnownShares(Protocol):
    """Remembers the containment of (reprint, original): comparing texts costs half a response."""

    def get(self, key: tuple[int, int]) -> float | None: ...

    def put(self, key: tuple[int, int], value: float) -> float: ...


def attach_reprints(
    session: Session, entries: Sequence[EntrySummary], known: KnownShares
) -> tuple[EntrySummary, ...]:
    """Return `entries` with `reprint_of` and `containment`, from their texts unless it is known."""
    found = reprints.originals_of(session, [entry.id for entry in entries])
    found |= {entry.id: entry.duplicate_of for entry in entries if entry.duplicate_of}
    shares = _shares(session, [entry for entry in entries if entry.id in found], found, known)
    return tuple(
        entry._replace(reprint_of=found.get(entry.id), containment=shares.get(entry.id))
        for entry in entries
    )


def find_original(session: Session, entry: EntrySummary) -> EntrySummary | None:
    """The article that an entry reprints in part or in whole; None for a text of its own."""
    original = reprints.originals_of(session, [entry.id]).get(entry.id)
    if original is None or original == entry.id:
        return None
    return summaries.summaries_by_id(session, [original], None, copies=False).get(original)


def _shares(
    session: Session,
    copies: Iterable[EntrySummary],
    originals: dict[int, int],
    known: KnownShares,
) -> dict[int, float]:
    """The containment of each copy in its original, or of the original if that is shorter."""
    shares = {entry.id: 1.0 for entry in copies if entry.duplicate_of}
    pairs = []
    for entry in copies:
        pair = entry.id, originals[entry.id]
        share = known.get(pair)
        if share is not None:
            shares.setdefault(entry.id, share)
        elif entry.id not in shares:
            pairs.append(pair)
    if not pairs:
        return shares
    contents = summaries.contents_by_id(session, sorted({id_ for pair in pairs for id_ in pair}))

    @cache
    def words(id_: int) -> list[str]:
        return folded_words(sanitized_to_text(contents.get(id_) or "")[:BODY_CHARACTERS])

    return shares | {
        copy: known.put((copy, original), round(containment(words(copy), words(original)), 2))
        for copy, original in pairs
    }
