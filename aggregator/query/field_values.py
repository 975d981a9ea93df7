"""Values of fields: check and convert what follows the colon."""

from __future__ import annotations

from aggregator.query.dates import parse_date
from aggregator.query.keywords import FLAGS, country_code, flag_from_name, language_code
from aggregator.query.syntax_errors import query_error
from aggregator.query.tree import Field, FieldName, Prefix, TextNode

_DATE_EXAMPLES = ("2026-11-01", "2026-11", "7d", "today")


def field_with(field: FieldName, value: TextNode, text: str, start: int, end: int) -> Field:
    """Build a field from the value typed at `start` to `end` of `text`. Raises QueryError."""
    if field in ("title", "author"):
        return Field(field, value)
    if isinstance(value, Prefix):
        raise query_error("error.query_no_prefix", text, start, end)
    typed = value.text
    if field in ("source", "owner", "section", "tag"):
        return Field(field, typed)
    if field in ("after", "before"):
        day = parse_date(typed)
        if day is None:
            raise query_error("error.query_date", text, start, end, *_DATE_EXAMPLES)
        return Field(field, day)
    if field in FLAGS:
        flag = flag_from_name(field, typed)
        if flag is None:
            raise query_error("error.query_flag", text, start, end, *FLAGS[field])
        return Field(field, flag)
    if field == "country":
        code, key, examples = country_code(typed), "error.query_country", ("MA", "DZ")
    else:
        code, key, examples = language_code(typed), "error.query_language", ("ar", "fr")
    if code is None:
        raise query_error(key, text, start, end, *examples)
    return Field(field, code)
