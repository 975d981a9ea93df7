"""Parse text into a tree, by recursive descent.

all    := any any …             words next to each other: all of them
any    := unary OR unary …      binds tighter than the space between words
unary  := NOT unary | ( all ) | field values | word
values := value , value … | ( all )
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from aggregator.errors import QueryError
from aggregator.query.field_values import field_with
from aggregator.query.lexer import Token, tokenize
from aggregator.query.syntax_errors import query_error
from aggregator.query.tree import FieldName, Not, Tree, Word, all_of, any_of, positive_terms
from aggregator.types.limits import MAX_QUERY

MAX_TERMS = 300
MAX_DEPTH = 20


def parse(text: str) -> Tree:
    """Parse a query; `EVERYTHING` if it has no words. Raises QueryError.

    Symbols ("🔥", "%") count as a word where there is no other: it stands for what no index has.
    """
    if len(text) > MAX_QUERY:
        raise query_error("error.query_long", text, MAX_QUERY, len(text))
    visible = [index for index, char in enumerate(text) if not _is_invisible(char)]
    if len(visible) == len(text):
        return _Parser(text).parse()
    try:
        return _Parser("".join(text[index] for index in visible)).parse()
    except QueryError as error:  # give its place in the text with the invisible characters
        problem, indices = error.problem, [*visible, len(text)]
        start, end = indices[problem.start], indices[problem.end]
        raise query_error(problem.key, text, start, end, *problem.expected) from None


def _is_invisible(char: str) -> bool:
    """Whether a control, bidirectional mark or lone surrogate; spaces and joiners are not."""
    category = unicodedata.category(char)
    return category in ("Cc", "Cf", "Cs") and not char.isspace() and char not in "\u200c\u200d"


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokenize(text)
        # Skipped, since words decide; all that is asked for if there are none.
        self._symbols = ""
        self._current = self._next_token()
        self._depth = 0
        self._terms = 0
        # The field whose values are being parsed.
        self._field: FieldName | None = None

    def parse(self) -> Tree:
        tree = self._all()
        if self._current.kind == ")":
            raise self._error("error.query_closing")
        if self._symbols and next(positive_terms(tree), None) is None:
            return all_of([Word(self._symbols), tree])
        return tree

    def _all(self) -> Tree:
        parts: list[Tree] = []
        while True:
            while self._current.kind == ",":
                self._advance()
            if self._current.kind in (")", "end"):
                return all_of(parts)
            parts.append(self._any())

    def _any(self) -> Tree:
        parts = [self._unary()]
        while self._current.kind == "or":
            self._advance()
            parts.append(self._unary())
        return any_of(parts)

    def _unary(self) -> Tree:
        token = self._advance()
        if token.kind == "not":
            return Not(self._nested(self._unary))
        if token.kind == "(":
            return self._group(token)
        if token.kind == "field" and token.field is not None:
            return self._values(token, token.field)
        if token.kind == "text":
            return self._term(token)
        raise self._error("error.query_operand", token)

    def _group(self, opening: Token) -> Tree:
        tree = self._nested(self._all)
        if self._current.kind != ")":
            raise query_error("error.query_opening", self._text, opening.start, opening.end, ")")
        closing = self._advance()
        if tree == all_of(()):
            raise query_error("error.query_operand", self._text, opening.start, closing.end)
        return tree

    def _values(self, name: Token, field: FieldName) -> Tree:
        if self._field is not None:
            raise self._error("error.query_nested", name)
        self._field = field
        try:
            if self._current.kind == "(":
                return self._group(self._advance())
            parts = [self._value(name)]
            while self._current.kind == ",":
                self._advance()
                parts.append(self._value(name))
            return any_of(parts)
        finally:
            self._field = None

    def _value(self, name: Token) -> Tree:
        if self._current.kind != "text":
            raise self._error("error.query_value", name)
        return self._term(self._advance())

    def _term(self, token: Token) -> Tree:
        self._terms += 1
        if self._terms > MAX_TERMS:
            raise self._error("error.query_terms", token)
        assert token.text is not None
        if self._field is None:
            return token.text
        return field_with(self._field, token.text, self._text, token.start, token.end)

    def _nested(self, rule: Callable[[], Tree]) -> Tree:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error("error.query_deep")
        tree = rule()
        self._depth -= 1
        return tree

    def _advance(self) -> Token:
        token = self._current
        if token.kind != "end":
            self._current = self._next_token()
        return token

    def _next_token(self) -> Token:
        token = next(self._tokens)
        while token.kind == "symbol":
            self._symbols += self._text[token.start : token.end]
            token = next(self._tokens)
        return token

    def _error(self, key: str, token: Token | None = None, *expected: str) -> QueryError:
        at = token or self._current
        return query_error(key, self._text, at.start, at.end, *expected)
