"""The form in which editors write a topic."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from werkzeug.datastructures import MultiDict

from aggregator.errors import QueryError
from aggregator.query import parse
from aggregator.query.rule_form import RuleForm, form_from_rule, rule_from_form
from aggregator.text.slugs import propose_slug
from aggregator.types import LocalizedText, Topic, TopicContent
from aggregator.types.limits import MAX_ID, MAX_TOPIC_SLUG
from web.request.i18n import LANGUAGES, current_language

# Days for which an entry may stay; 0 for ever.
MAX_AGE_CHOICES = (0, 1, 7, 30, 90, 365)


@dataclass(frozen=True, slots=True)
class TopicForm:
    """A topic as an editor edits it, and the revision that it started from."""

    content: TopicContent
    base_revision: int = 0
    reason: str = ""
    rule: RuleForm = field(default_factory=RuleForm)


def form_for_topic(topic: Topic | None) -> TopicForm:
    """The form that is shown first; empty for a new topic."""
    if topic is None:
        return TopicForm(TopicContent("", LocalizedText()))
    return TopicForm(topic.content, topic.revision, rule=rule_form(topic.content.rule))


def rule_form(text: str) -> RuleForm:
    """The fields that compose a rule; empty if no fields can express it."""
    try:
        return form_from_rule(parse(text)) or RuleForm()
    except QueryError:
        return RuleForm()


def read_form(values: MultiDict[str, str]) -> TopicForm:
    """The form as it was sent, not validated."""
    return TopicForm(
        TopicContent(
            slug=values.get("slug", ""),
            name=_wording(values, "name"),
            about=_wording(values, "about"),
            rule=values.get("rule", ""),
            state="published" if values.get("state") == "published" else "draft",
        ),
        base_revision=_number(values.get("base", "")),
        reason=values.get("reason", ""),
        rule=_rule(values),
    )


def with_proposed_slug(form: TopicForm) -> TopicForm:
    """The form with a slug made of its first name that gives one, unless it has a slug."""
    content = form.content
    if content.slug.strip():
        return form
    names = (content.name.en, content.name.fr, content.name.ar)
    slugs = (propose_slug(name, MAX_TOPIC_SLUG) for name in names)
    return replace(form, content=replace(content, slug=next(filter(None, slugs), "")))


def with_composed_rule(form: TopicForm) -> TopicForm:
    """The form with the rule that its fields compose."""
    rule = rule_from_form(form.rule, current_language())
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


def _wording(values: MultiDict[str, str], name: str) -> LocalizedText:
    return LocalizedText(*(values.get(f"{name}_{language}", "") for language in LANGUAGES))


def _number(text: str) -> int:
    usable = text.isascii() and text.isdigit() and len(text) <= 10
    return min(int(text), MAX_ID) if usable else 0
