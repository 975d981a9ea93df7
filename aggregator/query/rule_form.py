"""Convert between a rule and the fields of a form. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from aggregator.query.keywords import OPERATORS, country_code, language_code
from aggregator.query.printer import print_query
from aggregator.query.tree import (
    And,
    AnyForm,
    Field,
    FieldName,
    Not,
    Or,
    Phrase,
    Prefix,
    RelativeDate,
    TextNode,
    Tree,
    Word,
    all_of,
    any_of,
)
from aggregator.text.tokens import tokenize

_ITEMS = re.compile(r"[\n,،;؛]+")


@dataclass(frozen=True, slots=True)
class RuleForm:
    """The fields of the form; words and phrases are separated by lines or commas."""

    any_of: str = ""
    all_of: str = ""
    none_of: str = ""
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    days: int = 0
    """Days that an entry stays in the topic; 0 for ever."""


def rule_from_form(form: RuleForm, language: str = "en") -> str:
    """Write the rule of a form in the words of a language."""
    parts: list[Tree] = [*_texts(form.all_of)]
    if alternatives := _texts(form.any_of):
        parts.append(any_of(alternatives))
    parts += _names("source", form.sources)
    parts += _names("lang", filter(None, map(language_code, form.languages)))
    parts += _names("country", filter(None, map(country_code, form.countries)))
    parts += [Not(text) for text in _texts(form.none_of)]
    if form.days:
        parts.append(Field("after", RelativeDate(form.days, "d")))
    return print_query(all_of(parts), language)


def form_from_rule(tree: Tree) -> RuleForm | None:
    """Find the form that gives `tree`; None if no form can."""
    all_texts: list[TextNode] = []
    any_texts: list[TextNode] = []
    none_texts: list[TextNode] = []
    named: dict[str, tuple[str, ...]] = {}
    days = 0
    for part in tree.parts if isinstance(tree, And) else (tree,):
        if isinstance(part, TextNode):
            all_texts.append(part)
        elif isinstance(part, Not) and isinstance(part.part, TextNode):
            none_texts.append(part.part)
        elif (
            isinstance(part, Or)
            and not any_texts
            and all(isinstance(each, TextNode) for each in part.parts)
        ):
            any_texts = [each for each in part.parts if isinstance(each, TextNode)]
        elif (found := _named(part)) and found[0] not in named:
            named[found[0]] = found[1]
        elif (window := _days(part)) and not days:
            days = window
        else:
            return None
    return RuleForm(
        any_of=_lines(any_texts),
        all_of=_lines(all_texts),
        none_of=_lines(none_texts),
        sources=named.get("source", ()),
        languages=named.get("lang", ()),
        countries=named.get("country", ()),
        days=days,
    )


def _texts(items: str) -> list[TextNode]:
    found = (_text(" ".join(item.replace('"', " ").split())) for item in _ITEMS.split(items))
    return [text for text in found if text is not None]


def _text(item: str) -> TextNode | None:
    """Parse an item: one word as it is, several as a phrase; None without letters or digits.

    After a tilde, several are joined by hyphens: one word in the query language.
    """
    if item.startswith("~") and (tokens := tokenize(item)):
        return AnyForm("-".join(item[token.start : token.end] for token in tokens))
    bare = re.sub(r"[\s()|*«»“”„‟‹›]+", " ", item).strip(" -")
    if not any(each.isalnum() for each in bare):
        return None
    if " " in bare:
        return Phrase(bare)
    if item.endswith("*") and len(bare) > 1:
        return Prefix(bare)
    plain = all(each.isalnum() or each in "'’-" for each in bare) and bare[-1].isalnum()
    return Word(bare) if plain and bare not in OPERATORS else Phrase(bare)


def _names(field: FieldName, values: Iterable[str]) -> list[Tree]:
    named = [Field(field, value) for value in values]
    return [any_of(named)] if named else []


def _named(part: Tree) -> tuple[str, tuple[str, ...]] | None:
    """The single field that all alternatives name, and its values."""
    parts = part.parts if isinstance(part, Or) else (part,)
    fields = [each for each in parts if isinstance(each, Field)]
    names = {each.name for each in fields}
    if len(fields) < len(parts) or len(names) != 1 or not names <= {"source", "lang", "country"}:
        return None
    return names.pop(), tuple(str(each.value) for each in fields)


def _days(part: Tree) -> int:
    if isinstance(part, Field) and part.name == "after" and isinstance(part.value, RelativeDate):
        return part.value.count * {"d": 1, "w": 7, "m": 30, "y": 365}[part.value.unit]
    return 0


def _lines(texts: Iterable[TextNode]) -> str:
    return "\n".join(text.text if isinstance(text, Phrase) else print_query(text) for text in texts)
