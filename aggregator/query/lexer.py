"""From text to the pieces of a query, each with its place. Never more than one look ahead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from aggregator.query.keywords import OPERATORS, field_from_name, known_field_names
from aggregator.query.syntax_errors import query_error
from aggregator.query.tree import FieldName, Phrase, Prefix, TextNode, Word
from aggregator.text.normalize import fold_word
from aggregator.text.plain import collapse_whitespace, strip_controls

Kind = Literal["text", "field", "or", "not", "(", ")", ",", "end"]

_CLOSERS = {
    '"': '"', "＂": "＂", "«": "»", "»": "«", "‹": "›", "›": "‹",
    **dict.fromkeys("“”„‟", "“”‟"),
}  # fmt: skip
_COMMAS = ",،;؛"
_ENDS = re.compile(rf"""[\s()|{_COMMAS}{"".join(_CLOSERS)}]""")
_FIELD = re.compile(r"([^\W\d_]{2,20})[ \u00a0\u202f]?:")
_WORD_ABOUT = re.compile(r"([^\W\d_]{4,20}):[^\W_]")
_SHORTEST_PREFIX = 2


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query."""

    kind: Kind
    start: int
    end: int
    text: TextNode | None = None
    field: FieldName | None = None


def tokenize(query: str) -> Iterator[Token]:
    """The pieces of `query`; a last one marks its end. Raises QueryError."""
    place = 0
    while place < len(query):
        token, place = _next(query, place)
        if token is not None:
            yield token
    yield Token("end", len(query), len(query))


def _next(query: str, place: int) -> tuple[Token | None, int]:
    """The token at `place`, if one is there, and where to go on."""
    letter = query[place]
    if letter in "()":
        return Token("(" if letter == "(" else ")", place, place + 1), place + 1
    if letter == "|":
        end = place + len(query[place:]) - len(query[place:].lstrip("|"))
        return Token("or", place, end), end
    if letter in _COMMAS:
        return _comma(query, place)
    if letter in _CLOSERS:
        return _phrase(query, place)
    if letter == "-" and _is_negation(query, place):
        return Token("not", place, place + 1), place + 1
    if letter == "*" and query[place + 1 : place + 2].isalnum():
        raise query_error("error.query_star", query, place, place + 1)
    if _is_edge(letter):
        return None, place + 1
    if match := _FIELD.match(query, place):
        field = field_from_name(match[1])
        if field is not None:
            return Token("field", place, match.end(), field=field), match.end()
    return _word(query, place)


def _comma(query: str, place: int) -> tuple[Token | None, int]:
    """A comma parts the values of a field where nothing stands around it; else it says nothing."""
    before, after = _around(query, place)
    tight = bool(before and after) and not (before.isspace() or after.isspace())
    return (Token(",", place, place + 1) if tight else None), place + 1


def _around(query: str, place: int) -> tuple[str, str]:
    return query[max(place - 1, 0) : place], query[place + 1 : place + 2]


def _is_negation(query: str, place: int) -> bool:
    """Whether a hyphen stands before a word and not in one, nor as a dash between two."""
    before, after = _around(query, place)
    return (
        (not before or before.isspace() or before in "(|" or before in _COMMAS)
        and bool(after)
        and (not _is_edge(after) or after == "(" or after in _CLOSERS)
    )


def _phrase(query: str, place: int) -> tuple[Token | None, int]:
    closers = _CLOSERS[query[place]]
    end = next((at for at in range(place + 1, len(query)) if query[at] in closers), None)
    if end is None:
        raise query_error("error.query_quote", query, place, len(query), closers[-1])
    text = _clean(query[place + 1 : end].replace('"', " "))
    if not _has_word_characters(text):
        return None, end + 1
    return Token("text", place, end + 1, Phrase(text)), end + 1


def _word(query: str, place: int) -> tuple[Token | None, int]:
    found = _ENDS.search(query, place)
    end = found.start() if found else len(query)
    raw = query[place:end]
    _reject_misspelled_field(query, place)
    text = _clean(raw)
    while text and text[-1] != "*" and _is_edge(text[-1]):
        text = text[:-1]
    stem = _clean(text).rstrip("*")
    if "*" in stem:
        star = place + raw.index("*")
        raise query_error("error.query_star", query, star, star + 1)
    return _prefix_or_word(query, place, end, stem, starred=text.endswith("*"))


def _prefix_or_word(
    query: str, place: int, end: int, stem: str, *, starred: bool
) -> tuple[Token | None, int]:
    while stem and _is_edge(stem[-1]):
        stem = stem[:-1]
    if not starred and stem in OPERATORS:
        kind = OPERATORS[stem]  # "and" says nothing: words belong together anyway
        return (None if kind == "and" else Token(kind, place, end)), end
    if not _has_word_characters(stem):
        return None, end
    if starred and sum(each.isalnum() for each in stem) < _SHORTEST_PREFIX:
        raise query_error("error.query_short_prefix", query, place, end)
    return Token("text", place, end, Prefix(stem) if starred else Word(stem)), end


def _reject_misspelled_field(query: str, place: int) -> None:
    """`sorce:hespress` is a slip; `rabat:météo` and https://… are words."""
    match = _WORD_ABOUT.match(query, place)
    if match is None:
        return
    near = get_close_matches(fold_word(match[1]), known_field_names(), n=1, cutoff=0.8)
    if near:
        raise query_error(
            "error.query_field", query, place, place + len(match[1]) + 1, f"{near[0]}:"
        )


def _clean(text: str) -> str:
    return collapse_whitespace(strip_controls(text))


def _is_edge(letter: str) -> bool:
    """Whether a letter is none: punctuation, a symbol, space or invisible."""
    return unicodedata.category(letter)[0] in "PSZC"


def _has_word_characters(text: str) -> bool:
    return any(each.isalnum() for each in text)
