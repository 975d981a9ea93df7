"""Compare two texts word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from aggregator.text.normalize import INVISIBLE, MARKS

MIN_UNCHANGED_WORDS = 2
# Numbers with their separators, and words with their harakat, which are no letters to `\w`.
WORD = rf"\d+(?:[.,٫٬]\d+)*(?!\w)|\w[\w{MARKS}{INVISIBLE}]*"
_PIECES = re.compile(rf"\s+|{WORD}|[^\w\s]")


@dataclass(frozen=True, slots=True)
class DiffSegment:
    """A part of a text that is unchanged, added or removed."""

    kind: Literal["same", "added", "removed"]
    text: str


def diff_words(
    before: str,
    after: str,
    pieces: re.Pattern[str] = _PIECES,
    key: Callable[[str], str] | None = None,
) -> tuple[DiffSegment, ...]:
    """Merge `before` and `after` into one text of unchanged, removed and added segments.

    `pieces` matches what is never cut: words, unless another pattern says so. Pieces with the same
    `key` are unchanged, and shown as they are in `after`.

    A single unchanged word between two changes counts as changed: a rewritten sentence reads better
    whole than as a mosaic.
    """
    old, new = pieces.findall(before), pieces.findall(after)
    found: list[DiffSegment] = []
    keys = (list(map(key, old)), list(map(key, new))) if key else (old, new)
    for same, a, b, c, d in _merged_opcodes(*keys):
        if same:
            found.append(DiffSegment("same", "".join(new[c:d])))
            continue
        if a < b:
            found.append(DiffSegment("removed", "".join(old[a:b])))
        if c < d:
            found.append(DiffSegment("added", "".join(new[c:d])))
    return tuple(found)


def _merged_opcodes(
    old: Sequence[str], new: Sequence[str]
) -> list[tuple[bool, int, int, int, int]]:
    """(unchanged, range in `old`, range in `new`) of each segment, without islands of one word."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    codes = [(tag == "equal", *ranges) for tag, *ranges in matcher.get_opcodes()]
    found: list[tuple[bool, int, int, int, int]] = []
    for number, (same, a, b, c, d) in enumerate(codes):
        inside = 0 < number < len(codes) - 1
        changed = not same or (inside and _is_island(old[a:b]))
        if changed and found and not found[-1][0]:
            _, first, _, start, _ = found.pop()
            found.append((False, first, b, start, d))
        else:
            found.append((not changed, a, b, c, d))
    return found


def _is_island(pieces: Sequence[str]) -> bool:
    return sum(piece[:1].isalnum() for piece in pieces) < MIN_UNCHANGED_WORDS
