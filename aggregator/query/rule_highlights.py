"""Texts with what a rule found in them marked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aggregator.query.matcher import match_spans
from aggregator.query.tree import Tree

_BEFORE = 60
"""Letters of a snippet in front of what was found first."""


@dataclass(frozen=True, slots=True)
class RuleSpan:
    """A piece of a text; `found` where it is what was looked for."""

    text: str
    found: bool = False


def highlight_rule(tree: Tree, text: str) -> tuple[RuleSpan, ...]:
    """The whole of `text` in pieces."""
    return _pieces(text, match_spans(tree, text))


def rule_snippet(tree: Tree, text: str, length: int = 220) -> tuple[RuleSpan, ...]:
    """The part of `text` around the first thing found, on one line; its beginning without one."""
    line = " ".join(text.split())
    places = match_spans(tree, line)
    start = 0
    if places and places[0][1] > length:
        start = line.rfind(" ", 0, max(places[0][0] - _BEFORE, 0)) + 1
    end = len(line) if len(line) - start <= length else line.rfind(" ", start, start + length)
    end = end if end > start else start + length
    inside = [(a - start, b - start) for a, b in places if a >= start and b <= end]
    pieces = _pieces(line[start:end], inside)
    before = (RuleSpan("… "),) if start else ()
    after = (RuleSpan(" …"),) if end < len(line) else ()
    return (*before, *pieces, *after)


def _pieces(text: str, places: Sequence[tuple[int, int]]) -> tuple[RuleSpan, ...]:
    found: list[RuleSpan] = []
    done = 0
    for start, end in places:
        if start > done:
            found.append(RuleSpan(text[done:start]))
        found.append(RuleSpan(text[start:end], found=True))
        done = end
    if done < len(text):
        found.append(RuleSpan(text[done:]))
    return tuple(found)
