"""Highlight the matches of a rule in a text. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aggregator.query.matcher import match_spans
from aggregator.query.tree import Tree

# Characters of a snippet in front of the first match.
_LEAD = 60


@dataclass(frozen=True, slots=True)
class RuleSpan:
    """A piece of a text; `found` if it matches the rule."""

    text: str
    found: bool = False


def highlight_rule(tree: Tree, text: str) -> tuple[RuleSpan, ...]:
    """Split all of `text` into spans."""
    return _pieces(text, match_spans(tree, text))


def rule_snippet(tree: Tree, text: str, length: int = 220) -> tuple[RuleSpan, ...]:
    """Cut the part of `text` around the first match, on one line; the beginning without matches."""
    line = " ".join(text.split())
    spans = match_spans(tree, line)
    start = 0
    if spans and spans[0][1] > length:
        start = line.rfind(" ", 0, max(spans[0][0] - _LEAD, 0)) + 1
    end = len(line) if len(line) - start <= length else line.rfind(" ", start, start + length)
    end = end if end > start else start + length
    inside = [(a - start, b - start) for a, b in spans if a >= start and b <= end]
    pieces = _pieces(line[start:end], inside)
    before = (RuleSpan("… "),) if start else ()
    after = (RuleSpan(" …"),) if end < len(line) else ()
    return (*before, *pieces, *after)


def _pieces(text: str, spans: Sequence[tuple[int, int]]) -> tuple[RuleSpan, ...]:
    found: list[RuleSpan] = []
    done = 0
    for start, end in spans:
        if start > done:
            found.append(RuleSpan(text[done:start]))
        found.append(RuleSpan(text[start:end], found=True))
        done = end
    if done < len(text):
        found.append(RuleSpan(text[done:]))
    return tuple(found)
