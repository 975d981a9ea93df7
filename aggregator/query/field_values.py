"""What may stand behind the colon of each field."""

from __future__ import annotations

from aggregator.query.dates import read_date
from aggregator.query.keywords import FLAGS, country_of, flag_of, language_of
from aggregator.query.syntax_errors import problem
from aggregator.query.tree import Field, FieldName, Prefix, Text

_DATES = ("2026-11-01", "2026-11", "7d", "today")


def field_with(field: FieldName, value: Text, text: str, start: int, end: int) -> Field:
    """The field with a value; `start` to `end` of `text` are where it was typed."""
    if field in ("title", "author"):
        return Field(field, value)
    if isinstance(value, Prefix):
        raise problem("error.query_no_prefix", text, start, end)
    typed = value.text
    if field in ("source", "section", "tag"):
        return Field(field, typed)
    if field in ("after", "before"):
        day = read_date(typed)
        if day is None:
            raise problem("error.query_date", text, start, end, *_DATES)
        return Field(field, day)
    if field in FLAGS:
        flag = flag_of(field, typed)
        if flag is None:
            raise problem("error.query_flag", text, start, end, *FLAGS[field])
        return Field(field, flag)
    if field == "country":
        return Field(field, _known(country_of(typed), "country", ("MA", "DZ"), (text, start, end)))
    return Field(field, _known(language_of(typed), "language", ("ar", "fr"), (text, start, end)))


def _known(
    code: str | None, noun: str, expected: tuple[str, ...], place: tuple[str, int, int]
) -> str:
    if code is None:
        keys = {"country": "error.query_country", "language": "error.query_language"}
        raise problem(keys[noun], *place, *expected)
    return code
