"""The form with which editors make a topic, as it was sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from werkzeug.datastructures import MultiDict

from aggregator.errors import QueryError
from aggregator.query import parse
from aggregator.query.rule_form import RuleForm, compose, decompose
from aggregator.types import Topic, TopicContent, Wording
from web.request.i18n import LANGUAGES, current_language

DAYS = (0, 1, 7, 30, 90, 365)
"""For how long an entry may stay; 0: for ever."""
_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class TopicForm:
    """A topic as an editor would have it, and from which revision it was made."""

    content: TopicContent
    base: int = 0
    reason: str = ""
    rule: RuleForm = field(default_factory=RuleForm)


def form_of(topic: Topic | None) -> TopicForm:
    """The form as it is first shown."""
    if topic is None:
        return TopicForm(TopicContent("", Wording()))
    return TopicForm(topic.content, topic.revision, rule=rule_form(topic.content.rule))


def rule_form(text: str) -> RuleForm:
    """The fields that would write a rule; empty ones where none can."""
    try:
        return decompose(parse(text)) or RuleForm()
    except QueryError:
        return RuleForm()


def read_form(values: MultiDict[str, str]) -> TopicForm:
    """What was sent; nothing in it is checked yet."""
    return TopicForm(
        TopicContent(
            slug=values.get("slug", ""),
            name=_wording(values, "name"),
            about=_wording(values, "about"),
            rule=values.get("rule", ""),
            state="published" if values.get("state") == "published" else "draft",
        ),
        base=_number(values.get("base", "")),
        reason=values.get("reason", ""),
        rule=_rule(values),
    )


def composed(form: TopicForm) -> TopicForm:
    """The form with the rule that its fields write."""
    rule = compose(form.rule, current_language())
    return replace(form, content=replace(form.content, rule=rule))


def _rule(values: MultiDict[str, str]) -> RuleForm:
    return RuleForm(
        any_of=values.get("any_of", ""),
        all_of=values.get("all_of", ""),
        none_of=values.get("none_of", ""),
        sources=tuple(values.getlist("sources")[:50]),
        languages=tuple(values.getlist("languages")[:20]),
        countries=tuple(values.getlist("countries")[:50]),
        days=min(_number(values.get("days", "")), 9999),
    )


def _wording(values: MultiDict[str, str], name: str) -> Wording:
    return Wording(*(values.get(f"{name}_{language}", "") for language in LANGUAGES))


def _number(text: str) -> int:
    usable = text.isascii() and text.isdigit() and len(text) <= 10
    return min(int(text), _LARGEST) if usable else 0
