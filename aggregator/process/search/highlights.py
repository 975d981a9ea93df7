"""Highlight matches in the original text, and cut a snippet around them.

Pure; takes and returns plain text: whoever renders it escapes each span, once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from aggregator.text.plain import collapse_whitespace
from aggregator.text.stems import stem
from aggregator.text.tokens import TextToken, folded_words, iter_chunks, iter_tokens
from aggregator.types import MarkedText, Span

# Characters of a snippet in front of its first match.
_LEAD = 50
# Maximum characters to move a cut so that it falls between words.
_CUT_MARGIN = 30
# Maximum characters of a text to search.
_MAX_TEXT = 20_000
# Maximum matches to consider for a snippet.
_MAX_MATCHES = 12


@dataclass(frozen=True, slots=True)
class Needle:
    """What to highlight: consecutive words, by stem or exactly, or one word by its prefix."""

    kind: Literal["stems", "exact", "prefix"]
    tokens: tuple[str, ...]
    title_only: bool = False


# Start, end, and the number of the needle.
HighlightMatch = tuple[int, int, int]


class Highlighter:
    """Finds needles in many texts; where several match at one word, the first needle wins."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        self._needles = tuple(needles)
        self._exact: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        self._prefixes: list[tuple[int, str]] = []
        for number, needle in enumerate(self._needles):
            first = needle.tokens[0]
            if needle.kind == "prefix":
                self._prefixes.append((number, first))
            else:
                by_token = self._exact if needle.kind == "exact" else self._stems
                by_token.setdefault(first, []).append(number)
        # Whether a needle can begin in a chunk: newspapers repeat their words.
        self._known_chunks: dict[str, bool] = {}

    def without_title_needles(self) -> Highlighter:
        """Return a highlighter without the needles for titles only."""
        return Highlighter(needle for needle in self._needles if not needle.title_only)

    def find_matches(self, text: str) -> Iterator[HighlightMatch]:
        """Find all matches in order; they do not overlap."""
        known = self._known_chunks
        after = 0
        for chunk in iter_chunks(text):
            piece = chunk[0]
            can_begin = known.get(piece)
            if can_begin is None:
                can_begin = known[piece] = any(map(self._needles_at, folded_words(piece)))
            if can_begin and chunk.end() > after:
                for match in self._matches_in(text, chunk.start(), chunk.end(), after):
                    after = match[1]
                    yield match

    def _matches_in(self, text: str, start: int, end: int, after: int) -> Iterator[HighlightMatch]:
        """Matches that begin between `start` and `end`, but not before `after`."""
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
                if len(ahead) < rest or not _continues(needle, ahead):
                    continue
                last = ahead[rest - 1] if rest else word
                yield start + word.start, start + last.end, number
                for _ in range(rest):
                    ahead.popleft()
                break

    def _needles_at(self, folded: str) -> list[int]:
        """The needles whose first token matches a folded word."""
        found = [*self._exact.get(folded, ()), *self._stems.get(stem(folded), ())]
        for number, prefix in self._prefixes:
            if folded.startswith(prefix) or stem(folded).startswith(prefix):
                found.append(number)
        return sorted(found) if len(found) > 1 else found


def _continues(needle: Needle, ahead: Iterable[TextToken]) -> bool:
    """Whether the words ahead match the needle's tokens after the first."""
    pairs = zip(needle.tokens[1:], ahead, strict=False)
    if needle.kind == "exact":
        return all(word.folded == token for token, word in pairs)
    return all(stem(word.folded) == token for token, word in pairs)


def highlight(text: str, highlighter: Highlighter) -> MarkedText:
    """Mark the matches in all of `text`."""
    return _spans(text, highlighter.find_matches(text))


def snippet(text: str, highlighter: Highlighter, length: int) -> MarkedText:
    """Cut about `length` characters around most of the needles; the beginning without matches."""
    text = collapse_whitespace(text[:_MAX_TEXT])
    matches = tuple(islice(highlighter.find_matches(text), _MAX_MATCHES))
    start = _cut_before(text, _densest(matches, length))
    end = _cut_after(text, start + length)
    piece = text[start:end]
    before = (Span("…"),) if start else ()
    after = (Span("…"),) if end < len(text) else ()
    return (*before, *_spans(piece, highlighter.find_matches(piece)), *after)


def _densest(matches: Sequence[HighlightMatch], length: int) -> int:
    """The start of the passage with the most different needles; 0 without matches."""
    densest, most = 0, 0
    for start, _, _ in matches:
        until = start + length - _LEAD
        needles = {needle for other, _, needle in matches if start <= other < until}
        if len(needles) > most:
            densest, most = start, len(needles)
    return densest


def _cut_before(text: str, first: int) -> int:
    start = first - _LEAD
    if start <= _CUT_MARGIN:
        return 0
    space = text.find(" ", start, first)
    return space + 1 if space >= 0 else start


def _cut_after(text: str, end: int) -> int:
    if end >= len(text) - _CUT_MARGIN // 2:
        return len(text)
    space = text.rfind(" ", max(end - _CUT_MARGIN, 0), end)
    return space if space > 0 else end


def _spans(text: str, matches: Iterable[HighlightMatch]) -> MarkedText:
    spans = []
    done = 0
    for start, end, _ in matches:
        if start > done:
            spans.append(Span(text[done:start]))
        spans.append(Span(text[start:end], marked=True))
        done = end
    if done < len(text):
        spans.append(Span(text[done:]))
    return tuple(spans)
