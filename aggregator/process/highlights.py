"""Marking in the original text what was looked for, and the piece of a text around it.

Pure text in and out: who shows it escapes each span, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from aggregator.text.plain import fold_space
from aggregator.text.stems import stem
from aggregator.text.tokens import Word, iterate_words
from aggregator.types import MarkedText, Span

_BEFORE = 50
"""Letters of a snippet in front of the first mark."""
_NEAR = 30
"""Where a word begins that a snippet may be cut at."""
_READ = 20_000
"""Letters of a text that are looked through."""
_ENOUGH = 12
"""Marks among which a snippet is chosen."""


@dataclass(frozen=True, slots=True)
class Needle:
    """What is marked: words in a row by their stems, as they are, or by their beginning."""

    kind: Literal["stems", "exact", "begins"]
    tokens: tuple[str, ...]
    title_only: bool = False


Place = tuple[int, int]


def mark(text: str, needles: Sequence[Needle]) -> MarkedText:
    """All of `text`, what the needles find marked."""
    return _spans(text, [(start, end) for start, end, _ in _places(text, needles)])


def snippet(text: str, needles: Sequence[Needle], length: int) -> MarkedText:
    """About `length` letters of `text` where most of the needles are; its beginning without any."""
    text = fold_space(text[:_READ])
    needles = [each for each in needles if not each.title_only]
    places = []
    for place in _places(text, needles):
        places.append(place)
        if len(places) == _ENOUGH:
            break
    first = _densest(places, length)
    start = _cut_before(text, first)
    end = _cut_after(text, start + length)
    inside = [(low, high) for low, high, _ in _places(text[:end], needles) if low >= start]
    spans = _spans(text[start:end], [(low - start, high - start) for low, high in inside])
    before = (Span("…"),) if start else ()
    after = (Span("…"),) if end < len(text) else ()
    return (*before, *spans, *after)


def _densest(places: Sequence[tuple[int, int, int]], length: int) -> int:
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


def _spans(text: str, places: Sequence[Place]) -> MarkedText:
    spans = []
    at = 0
    for start, end in places:
        if start > at:
            spans.append(Span(text[at:start]))
        spans.append(Span(text[start:end], marked=True))
        at = end
    if at < len(text):
        spans.append(Span(text[at:]))
    return tuple(spans)


def _places(text: str, needles: Sequence[Needle]) -> Iterator[tuple[int, int, int]]:
    """Start, end and which needle, of each place in order; places do not overlap."""
    longest = max((len(each.tokens) for each in needles), default=0)
    if not longest:
        return
    words = iterate_words(text)
    window: list[Word] = []
    while True:
        while len(window) < longest and (word := next(words, None)) is not None:
            window.append(word)
        if not window:
            return
        which = next((n for n, needle in enumerate(needles) if _is_at(needle, window)), None)
        if which is None:
            del window[0]
            continue
        length = len(needles[which].tokens)
        yield window[0].start, window[length - 1].end, which
        del window[:length]


def _is_at(needle: Needle, window: Sequence[Word]) -> bool:
    """Whether a needle is what the window begins with."""
    if len(window) < len(needle.tokens):
        return False
    pairs = zip(needle.tokens, window, strict=False)
    if needle.kind == "exact":
        return all(word.folded == token for token, word in pairs)
    if needle.kind == "stems":
        return all(stem(word.folded) == token for token, word in pairs)
    token, word = needle.tokens[0], window[0]
    return word.folded.startswith(token) or stem(word.folded).startswith(token)
