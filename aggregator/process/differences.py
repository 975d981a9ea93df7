"""What changed between two texts, word by word. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_PIECES = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text that stayed, came or went."""

    kind: Literal["same", "added", "removed"]
    text: str


def difference(before: str, after: str) -> tuple[Piece, ...]:
    """`before` and `after` as one text with what went and what came."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    found: list[Piece] = []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(Piece("same", "".join(old[a:b])))
            continue
        if a < b:
            found.append(Piece("removed", "".join(old[a:b])))
        if c < d:
            found.append(Piece("added", "".join(new[c:d])))
    return tuple(found)
