"""Show what differs between two texts, for readers. Pure."""

from __future__ import annotations

import re

from aggregator.process.html.text import sanitized_to_text
from aggregator.process.revisions.difference import comparison_key
from aggregator.text.word_diff import DiffSegment, diff_words

# Maximum words compared; of longer texts only the beginning is.
MAX_DIFF_WORDS = 600
_PARAGRAPH = re.compile(r"</(?:p|li|h[1-6]|blockquote|div|figure)>|<br ?/?>")
_WORD = re.compile(r"\S+\s*")


def text_diff(before: str, after: str) -> tuple[DiffSegment, ...]:
    """Changes from one sanitized HTML to another, as plain text with lines between paragraphs.

    What both have at the beginning and at the end is not compared, so that the limit of words
    counts for what is between.
    """
    old, new = paragraphs(before), paragraphs(after)
    start, end = _shared_lines(old, new)
    between = diff_words(
        _beginning("\n\n".join(old[start : len(old) - end])),
        _beginning("\n\n".join(new[start : len(new) - end])),
        key=comparison_key,
    )
    segments = [
        DiffSegment("same", "".join(f"{line}\n\n" for line in new[:start])),
        *between,
        DiffSegment("same", "".join(f"\n\n{line}" for line in new[len(new) - end :])),
    ]
    return tuple(segment for segment in segments if segment.text)


def headline_diff(old: str, new: str) -> tuple[DiffSegment, ...]:
    """Changes to a headline; an entirely different one follows the old one as a whole."""
    pieces = diff_words(old, new, key=comparison_key)
    kept = sum(len(each.text.strip()) for each in pieces if each.kind == "same")
    if 2 * kept >= len(new):
        return pieces
    return DiffSegment("removed", old), DiffSegment("same", " "), DiffSegment("added", new)


def paragraphs(html: str) -> list[str]:
    """The paragraphs of sanitized HTML as plain text."""
    lines = (" ".join(sanitized_to_text(each).split()) for each in _PARAGRAPH.split(html))
    return list(filter(None, lines))


def _shared_lines(old: list[str], new: list[str]) -> tuple[int, int]:
    """How many lines both begin and end with."""
    most = min(len(old), len(new))
    start = next((place for place in range(most) if old[place] != new[place]), most)
    behind = range(1, most - start + 1)
    end = next((back - 1 for back in behind if old[-back] != new[-back]), most - start)
    return start, end


def _beginning(text: str) -> str:
    """The part of a text that is compared: a page has to be answered at once."""
    words = _WORD.findall(text)
    return text if len(words) <= MAX_DIFF_WORDS else "".join(words[:MAX_DIFF_WORDS])
