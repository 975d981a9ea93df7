"""Marking in the original text what was looked for, and the piece of a text around it.

Pure text in and out: who shows it escapes each span, once.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from aggregator.text.plain import collapse_whitespace
from aggregator.text.stems import stem
from aggregator.text.tokens import TextToken, folded_words, iter_tokens
from aggregator.types import MarkedText, Span

_BEFORE = 50
"""Letters of a snippet in front of the first mark."""
_NEAR = 30
"""Where a word begins that a snippet may be cut at."""
_MAX_TEXT = 20_000
"""Letters of a text that are looked through."""
_MAX_MATCHES = 12
"""Marks among which a snippet is chosen."""
_CHUNK = re.compile(r"\S+")
"""No word reaches beyond a blank."""


@dataclass(frozen=True, slots=True)
class Needle:
    """What is marked: words in a row by their stems, as they are, or by their beginning."""

    kind: Literal["stems", "exact", "begins"]
    tokens: tuple[str, ...]
    title_only: bool = False


HighlightMatch = tuple[int, int, int]
"""Start, end, and which needle it is."""


class Highlighter:
    """Needles, ready to be found in many texts; of those that begin alike the first wins."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        self._needles = tuple(needles)
        self._exact: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        for number, each in enumerate(self._needles):
            if each.kind != "begins":
                starts = self._exact if each.kind == "exact" else self._stems
                starts.setdefault(each.tokens[0], []).append(number)
        self._begins = [
            (number, each.tokens[0])
            for number, each in enumerate(self._needles)
            if each.kind == "begins"
        ]
        self._known: dict[str, bool] = {}
        """Of what stands between blanks: whether a needle begins in it."""

    def without_title_needles(self) -> Highlighter:
        """Without what is looked for in titles only."""
        return Highlighter(each for each in self._needles if not each.title_only)

    def find_matches(self, text: str) -> Iterator[HighlightMatch]:
        """Each place in order; places do not overlap.

        Newspapers repeat their words: what stands between two blanks is looked into once.
        """
        known = self._known
        after = 0
        for chunk in _CHUNK.finditer(text):
            piece = chunk[0]
            begins = known.get(piece)
            if begins is None:
                begins = known[piece] = any(map(self._needles_at, folded_words(piece)))
            if begins and chunk.end() > after:
                for place in self._matches_in(text, chunk.start(), chunk.end(), after):
                    after = place[1]
                    yield place

    def _matches_in(self, text: str, start: int, end: int, after: int) -> Iterator[HighlightMatch]:
        """What begins between `start` and `end`, though not before `after`."""
        words = iter_tokens(text[start:])
        ahead: deque[TextToken] = deque()
        while (word := ahead.popleft() if ahead else next(words, None)) is not None:
            if start + word.start >= end:
                break
            if start + word.start < after:
                continue
            for number in self._needles_at(word.folded):
                needle = self._needles[number]
                rest = len(needle.tokens) - 1
                ahead.extend(islice(words, max(rest - len(ahead), 0)))
                if len(ahead) < rest or not _goes_on(needle, ahead):
                    continue
                last = ahead[rest - 1] if rest else word
                yield start + word.start, start + last.end, number
                for _ in range(rest):
                    ahead.popleft()
                break

    def _needles_at(self, folded: str) -> list[int]:
        found = [*self._exact.get(folded, ()), *self._stems.get(stem(folded), ())]
        for number, start in self._begins:
            if folded.startswith(start) or stem(folded).startswith(start):
                found.append(number)
        return sorted(found) if len(found) > 1 else found


def _goes_on(needle: Needle, ahead: Iterable[TextToken]) -> bool:
    """Whether the words behind the first are those of the needle, as far as it goes."""
    pairs = zip(needle.tokens[1:], ahead, strict=False)
    if needle.kind == "exact":
        return all(word.folded == token for token, word in pairs)
    return all(stem(word.folded) == token for token, word in pairs)


def highlight(text: str, finder: Highlighter) -> MarkedText:
    """All of `text`, what the needles find marked."""
    return _spans(text, finder.find_matches(text))


def snippet(text: str, finder: Highlighter, length: int) -> MarkedText:
    """About `length` letters of `text` where most of the needles are; its beginning without any."""
    text = collapse_whitespace(text[:_MAX_TEXT])
    start = _cut_before(
        text, _densest(tuple(islice(finder.find_matches(text), _MAX_MATCHES)), length)
    )
    end = _cut_after(text, start + length)
    piece = text[start:end]
    before = (Span("…"),) if start else ()
    after = (Span("…"),) if end < len(text) else ()
    return (*before, *_spans(piece, finder.find_matches(piece)), *after)


def _densest(places: Sequence[HighlightMatch], length: int) -> int:
    """Where the stretch with the most different needles begins; 0 without any."""
    best, most = 0, 0
    for place in places:
        until = place[0] + length - _BEFORE
        kinds = len({which for low, _, which in places if place[0] <= low < until})
        if kinds > most:
            best, most = place[0], kinds
    return best


def _cut_before(text: str, first: int) -> int:
    start = first - _BEFORE
    if start <= _NEAR:
        return 0
    space = text.find(" ", start, first)
    return space + 1 if space >= 0 else start


def _cut_after(text: str, end: int) -> int:
    if end >= len(text) - _NEAR // 2:
        return len(text)
    space = text.rfind(" ", max(end - _NEAR, 0), end)
    return space if space > 0 else end


def _spans(text: str, places: Iterable[HighlightMatch]) -> MarkedText:
    spans = []
    at = 0
    for start, end, _ in places:
        if start > at:
            spans.append(Span(text[at:start]))
        spans.append(Span(text[start:end], marked=True))
        at = end
    if at < len(text):
        spans.append(Span(text[at:]))
    return tuple(spans)
