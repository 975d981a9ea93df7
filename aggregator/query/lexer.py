"""Split a query into tokens. Looks ahead at most one character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from aggregator.query.keywords import OPERATORS, field_from_name, known_field_names
from aggregator.query.syntax_errors import query_error
from aggregator.query.tree import AnyForm, FieldName, Phrase, Prefix, TextNode, Word
from aggregator.text.normalize import fold_word
from aggregator.text.plain import collapse_whitespace, strip_controls
from aggregator.text.tokens import GROUPED_NUMBER

Kind = Literal["text", "symbol", "field", "or", "not", "(", ")", ",", "end"]

_CLOSERS = {
    '"': '"', "＂": "＂", "«": "»", "»": "«", "‹": "›", "›": "‹",
    **dict.fromkeys("“”„‟", "“”‟"),
}  # fmt: skip
_COMMAS = ",،;؛"
_ENDS = re.compile(rf"""[\s()|{_COMMAS}{"".join(_CLOSERS)}]""")
_FIELD = re.compile(r"([^\W\d_]{2,20})[ \u00a0\u202f]?:")
_LIKE_A_FIELD = re.compile(r"([^\W\d_]{4,20}):[^\W_]")
_MIN_PREFIX_LENGTH = 2
# Punctuation that people search for as they do for symbols.
_SYMBOLS = frozenset("%&@#§‰٪†")


@dataclass(frozen=True, slots=True)
class Token:
    """A token and its place in the query."""

    kind: Kind
    start: int
    end: int
    text: TextNode | None = None
    field: FieldName | None = None


def tokenize(query: str) -> Iterator[Token]:
    """Yield the tokens of `query`, and last one of kind "end". Raises QueryError."""
    start = 0
    while start < len(query):
        token, start = _next(query, start)
        if token is not None:
            yield token
    yield Token("end", len(query), len(query))


def _next(query: str, start: int) -> tuple[Token | None, int]:
    """Read the token at `start`, if there is one; return it and where to continue."""
    char = query[start]
    if char in "()":
        return Token("(" if char == "(" else ")", start, start + 1), start + 1
    if char == "|":
        end = start + len(query[start:]) - len(query[start:].lstrip("|"))
        return Token("or", start, end), end
    if char in _COMMAS:
        return _comma(query, start)
    if char in _CLOSERS:
        return _phrase(query, start)
    if char == "-" and _is_negation(query, start):
        return Token("not", start, start + 1), start + 1
    if _is_edge(char):
        return _edge(query, start)
    if match := _FIELD.match(query, start):
        field = field_from_name(match[1])
        if field is not None:
            return Token("field", start, match.end(), field=field), match.end()
    return _word(query, start)


def _edge(query: str, start: int) -> tuple[Token | None, int]:
    """A symbol, a tilde before a word, or punctuation to ignore. Raises QueryError."""
    char, after = query[start], query[start + 1 : start + 2]
    if char == "~" and (after.isalnum() or after == "(" or after in _CLOSERS):
        return _any_form(query, start)
    if char == "*" and after.isalnum():
        raise query_error("error.query_star", query, start, start + 1)
    return (Token("symbol", start, start + 1) if _is_symbol(char) else None), start + 1


def _comma(query: str, start: int) -> tuple[Token | None, int]:
    """A comma between two values without spaces separates them; any other is ignored."""
    before, after = _around(query, start)
    tight = bool(before and after) and not (before.isspace() or after.isspace())
    return (Token(",", start, start + 1) if tight else None), start + 1


def _around(query: str, start: int) -> tuple[str, str]:
    return query[max(start - 1, 0) : start], query[start + 1 : start + 2]


def _is_negation(query: str, start: int) -> bool:
    """Whether a hyphen is in front of a word, not inside one, nor a dash between two."""
    before, after = _around(query, start)
    return (
        (not before or before.isspace() or before in "(|" or before in _COMMAS)
        and bool(after)
        and (
            not _is_edge(after)
            or after == "("
            or after in _CLOSERS
            or _is_any_form(query, start + 1)
        )
    )


def _phrase(query: str, start: int) -> tuple[Token | None, int]:
    closers = _CLOSERS[query[start]]
    end = next((at for at in range(start + 1, len(query)) if query[at] in closers), None)
    if end is None:
        raise query_error("error.query_quote", query, start, len(query), closers[-1])
    text = _clean(query[start + 1 : end].replace('"', " "))
    if not _has_word_characters(text):
        return None, end + 1
    return Token("text", start, end + 1, Phrase(text)), end + 1


def _is_any_form(query: str, start: int) -> bool:
    """Whether a tilde stands right before a word."""
    return query[start] == "~" and query[start + 1 : start + 2].isalnum()


def _any_form(query: str, start: int) -> tuple[Token | None, int]:
    """A tilde before a word; anything else after it raises QueryError."""
    token, end = _word(query, start + 1)
    word = _clean(query[start + 1 : end])
    if token is not None and token.text is not None:
        word = token.text.text if isinstance(token.text, Word) else ""
    if not _has_word_characters(word):
        raise query_error("error.query_tilde", query, start, max(end, start + 2))
    return Token("text", start, end, AnyForm(word)), end


def _word(query: str, start: int) -> tuple[Token | None, int]:
    number = GROUPED_NUMBER.match(query, start)  # 10 000 and 10,000 are one word
    found = _ENDS.search(query, number.end() if number else start)
    end = found.start() if found else len(query)
    raw = query[start:end]
    _reject_misspelled_field(query, start)
    text = _clean(raw)
    while text and text[-1] != "*" and _is_edge(text[-1]):
        text = text[:-1]
    word = _clean(text).rstrip("*")
    if "*" in word:
        star = start + raw.index("*")
        raise query_error("error.query_star", query, star, star + 1)
    return _prefix_or_word(query, start, end, word, starred=text.endswith("*"))


def _prefix_or_word(
    query: str, start: int, end: int, word: str, *, starred: bool
) -> tuple[Token | None, int]:
    while word and _is_edge(word[-1]):
        word = word[:-1]
    if not starred and word in OPERATORS:
        kind = OPERATORS[word]  # "and" is implied between words
        return (None if kind == "and" else Token(kind, start, end)), end
    if not _has_word_characters(word):
        return None, end
    if starred and sum(char.isalnum() for char in word) < _MIN_PREFIX_LENGTH:
        raise query_error("error.query_short_prefix", query, start, end)
    return Token("text", start, end, Prefix(word) if starred else Word(word)), end


def _reject_misspelled_field(query: str, start: int) -> None:
    """Raise QueryError for `sorce:hespress`; `rabat:météo` and https://… are words."""
    match = _LIKE_A_FIELD.match(query, start)
    if match is None:
        return
    near = get_close_matches(fold_word(match[1]), known_field_names(), n=1, cutoff=0.8)
    if near:
        raise query_error(
            "error.query_field", query, start, start + len(match[1]) + 1, f"{near[0]}:"
        )


def _clean(text: str) -> str:
    return collapse_whitespace(strip_controls(text))


def _is_edge(char: str) -> bool:
    """Whether a character is punctuation, a symbol, space or invisible."""
    return unicodedata.category(char)[0] in "PSZC"


def _is_symbol(char: str) -> bool:
    """Whether a picture, a currency, a sign of arithmetic and the like."""
    return char in _SYMBOLS or unicodedata.category(char)[0] == "S"


def _has_word_characters(text: str) -> bool:
    return any(char.isalnum() for char in text)
