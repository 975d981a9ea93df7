"""What may stand behind the colon of each field."""

from __future__ import annotations

from aggregator.query.dates import parse_date
from aggregator.query.keywords import FLAGS, country_code, flag_from_name, language_code
from aggregator.query.syntax_errors import query_error
from aggregator.query.tree import Field, FieldName, Prefix, TextNode

_DATES = ("2026-11-01", "2026-11", "7d", "today")


def field_with(field: FieldName, value: TextNode, text: str, start: int, end: int) -> Field:
    """The field with a value; `start` to `end` of `text` are where it was typed."""
    if field in ("title", "author"):
        return Field(field, value)
    if isinstance(value, Prefix):
        raise query_error("error.query_no_prefix", text, start, end)
    typed = value.text
    if field in ("source", "section", "tag"):
        return Field(field, typed)
    if field in ("after", "before"):
        day = parse_date(typed)
        if day is None:
            raise query_error("error.query_date", text, start, end, *_DATES)
        return Field(field, day)
    if field in FLAGS:
        flag = flag_from_name(field, typed)
        if flag is None:
            raise query_error("error.query_flag", text, start, end, *FLAGS[field])
        return Field(field, flag)
    if field == "country":
        return Field(
            field, _require_code(country_code(typed), "country", ("MA", "DZ"), (text, start, end))
        )
    return Field(
        field, _require_code(language_code(typed), "language", ("ar", "fr"), (text, start, end))
    )


def _require_code(
    code: str | None, noun: str, expected: tuple[str, ...], place: tuple[str, int, int]
) -> str:
    if code is None:
        keys = {"country": "error.query_country", "language": "error.query_language"}
        raise query_error(keys[noun], *place, *expected)
    return code
