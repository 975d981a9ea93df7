"""From a tree back to text, in the words of a language: `parse` reads it as the same tree."""

from __future__ import annotations

from datetime import date

from aggregator.query.dates import format_date
from aggregator.query.keywords import FLAGS, LANGUAGES, OPERATORS, OR, field_name, flag_name
from aggregator.query.tree import (
    And,
    Field,
    Not,
    Or,
    Phrase,
    Prefix,
    RelativeDate,
    TextNode,
    Tree,
    Word,
)


def print_query(tree: Tree, language: str = "en") -> str:
    """`tree` as a person would type it; "en" is how rules are kept."""
    if isinstance(tree, And):
        return " ".join(_inside(part, language) for part in tree.parts)
    if isinstance(tree, Or):
        word = f" {OR[LANGUAGES.index(language)]} "
        return word.join(_inside(part, language) for part in tree.parts)
    return _inside(tree, language)


def _inside(tree: Tree, language: str) -> str:
    """`tree` as part of something larger."""
    if isinstance(tree, And | Or):
        return f"({print_query(tree, language)})"
    if isinstance(tree, Not):
        inner = _inside(tree.part, language)
        return f"-({inner})" if isinstance(tree.part, Not) else f"-{inner}"
    if isinstance(tree, Field):
        return f"{field_name(tree.name, language)}:{_value(tree, language)}"
    return _text(tree)


def _value(field: Field, language: str) -> str:
    value = field.value
    if isinstance(value, date | RelativeDate):
        return format_date(value, language)
    if isinstance(value, Word | Prefix | Phrase):
        return _text(value)
    if field.name in FLAGS:
        return flag_name(field.name, value, language)
    return value if _is_plain(value) else f'"{value}"'


def _text(text: TextNode) -> str:
    if isinstance(text, Phrase):
        return f'"{text.text}"'
    return f"{text.text}*" if isinstance(text, Prefix) else text.text


def _is_plain(value: str) -> bool:
    """Whether a name needs no quotes."""
    ends = value[:1].isalnum() and value[-1:].isalnum()
    return (
        ends and value not in OPERATORS and all(each.isalnum() or each in "-_." for each in value)
    )
