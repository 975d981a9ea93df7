"""Show what differs between two texts, for readers. Pure."""

from __future__ import annotations

import re

from aggregator.process.html.text import sanitized_to_text
from aggregator.process.revisions.difference import comparison_key
from aggregator.text.word_diff import DiffSegment, diff_words

# Maximum words compared; of longer texts only the beginning is.
MAX_DIFF_WORDS = 600
# The same for a line in a list of changes.
MAX_EXCERPT_WORDS = 150
# Words shown on either side of a change in it, of a change itself, and changes.
WORDS_AROUND, MAX_SHOWN_WORDS, MAX_CHANGES = 8, 40, 4
_PARAGRAPH = re.compile(r"</(?:p|li|h[1-6]|blockquote|div|figure)>|<br ?/?>")
_WORD = re.compile(r"\S+\s*")


def text_diff(before: str, after: str, most: int = MAX_DIFF_WORDS) -> tuple[DiffSegment, ...]:
    """Changes from one sanitized HTML to another, as plain text with lines between paragraphs.

    What both have at the beginning and at the end is not compared, so that `most`, the maximum
    number of words compared, counts for what is between.
    """
    old, new = paragraphs(before), paragraphs(after)
    start, end = _shared_lines(old, new)
    between = diff_words(
        _beginning("\n\n".join(old[start : len(old) - end]), most),
        _beginning("\n\n".join(new[start : len(new) - end]), most),
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


def excerpt_diff(before: str, after: str) -> tuple[DiffSegment, ...]:
    """The first changes from one sanitized HTML to another, with some words around them."""
    segments = text_diff(before, after, MAX_EXCERPT_WORDS)
    places = [place for place, each in enumerate(segments) if each.kind != "same"]
    if not places:
        return ()
    shown = range(max(0, places[0] - 1), min(len(segments), places[:MAX_CHANGES][-1] + 2))
    return tuple(
        _shortened(segments[place], place == shown[0], place == shown[-1]) for place in shown
    )


def _shortened(segment: DiffSegment, is_first: bool, is_last: bool) -> DiffSegment:
    """A segment without the words that are too far from a change."""
    words = _WORD.findall(segment.text)
    if segment.kind != "same":
        if len(words) <= MAX_SHOWN_WORDS:
            return segment
        return DiffSegment(segment.kind, "".join(words[:MAX_SHOWN_WORDS]).rstrip() + " …")
    if len(words) <= 2 * WORDS_AROUND:
        return segment
    start = "" if is_first else segment.text[:1].isspace() * " " + "".join(words[:WORDS_AROUND])
    end = "" if is_last else "".join(words[-WORDS_AROUND:])
    return DiffSegment("same", f"{start.rstrip()} … {end}")


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


def _beginning(text: str, most: int) -> str:
    """The part of a text that is compared: a page has to be answered at once."""
    words = _WORD.findall(text)
    return text if len(words) <= most else "".join(words[:most])
