"""Print a tree in the words of a language; `parse` reads it back as the same tree."""

from __future__ import annotations

from datetime import date

from aggregator.query.dates import format_date
from aggregator.query.keywords import AND, FLAGS, LANGUAGES, OPERATORS, OR, field_name, flag_name
from aggregator.query.tree import (
    And,
    AnyForm,
    Field,
    Not,
    Or,
    Phrase,
    Prefix,
    RelativeDate,
    TextNode,
    Tree,
)
from aggregator.text.tokens import GROUPED_NUMBER


def print_query(tree: Tree, language: str = "en") -> str:
    """Print `tree` as a person would type it. Topic rules are stored in "en"."""
    if isinstance(tree, And):
        return _all_of([_operand(part, language) for part in tree.parts], language)
    if isinstance(tree, Or):
        operator = f" {OR[LANGUAGES.index(language)]} "
        return operator.join(_operand(part, language) for part in tree.parts)
    return _operand(tree, language)


def _all_of(operands: list[str], language: str) -> str:
    """Print operands side by side: the operator is needed only where two would be one number."""
    printed = "".join(operands[:1])
    for operand in operands[1:]:
        joined = f"{printed} {operand}"
        if any(
            found.start() < len(printed) < found.end() for found in GROUPED_NUMBER.finditer(joined)
        ):
            joined = f"{printed} {AND[LANGUAGES.index(language)]} {operand}"
        printed = joined
    return printed


def _operand(tree: Tree, language: str) -> str:
    """Print `tree` as an operand, in parentheses where needed."""
    if isinstance(tree, And | Or):
        return f"({print_query(tree, language)})"
    if isinstance(tree, Not):
        inner = _operand(tree.part, language)
        return f"-({inner})" if isinstance(tree.part, Not) else f"-{inner}"
    if isinstance(tree, Field):
        return f"{field_name(tree.name, language)}:{_value(tree, language)}"
    return _text(tree)


def _value(field: Field, language: str) -> str:
    value = field.value
    if isinstance(value, date | RelativeDate):
        return format_date(value, language)
    if isinstance(value, TextNode):
        return _text(value)
    if field.name in FLAGS:
        return flag_name(field.name, value, language)
    return value if _is_plain(value) else f'"{value}"'


def _text(text: TextNode) -> str:
    if isinstance(text, Phrase):
        return f'"{text.text}"'
    if isinstance(text, AnyForm):
        return f"~{text.text}"
    return f"{text.text}*" if isinstance(text, Prefix) else text.text


def _is_plain(value: str) -> bool:
    """Whether a name can be printed without quotes."""
    return (
        value[:1].isalnum()
        and value[-1:].isalnum()
        and value not in OPERATORS
        and all(char.isalnum() or char in "-_." for char in value)
    )
