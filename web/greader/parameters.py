"""The parameters of a request: of its address and its body, however that is sent."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import g, request

from aggregator.errors import InvalidInput
from web.request import params

MAX_FIELDS = 30_000


@dataclass(frozen=True, slots=True)
class Parameters:
    """All values of each parameter, in the order in which they were sent."""

    values: Mapping[str, tuple[str, ...]]

    def one(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return next(iter(self.values.get(name, ())), default)

    def many(self, *names: str) -> tuple[str, ...]:
        """All values of the parameters."""
        return tuple(value for name in names for value in self.values.get(name, ()))

    def streams(self, name: str, most: int) -> tuple[str, ...]:
        """The streams in a parameter. Raises InvalidInput for more than `most`."""
        found = self.values.get(name, ())
        if len(found) > most:
            raise params.invalid_param(name, f"at most {most} streams at once")
        return found

    def number(self, name: str, default: int, most: int) -> int:
        """A number from 1 to `most`; a larger one counts as `most`. Raises InvalidInput."""
        text = self.one(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit()):
            raise params.invalid_param(name, "a number")
        return min(max(int(text[:12]), 1), most)


def parameters() -> Parameters:
    """The parameters of this request. Raises InvalidInput for too many."""
    if "greader_parameters" not in g:
        found: dict[str, list[str]] = defaultdict(list)
        for name, value in (*request.args.items(multi=True), *_body()):
            found[name].append(value)
        g.greader_parameters = Parameters({name: tuple(each) for name, each in found.items()})
    parsed = g.greader_parameters
    assert isinstance(parsed, Parameters)
    return parsed


def _body() -> Iterator[tuple[str, str]]:
    """Fields of the body. Apps call a form JSON, and JSON a form: what it looks like counts."""
    if request.method != "POST":
        return
    if request.mimetype == "multipart/form-data":
        yield from request.form.items(multi=True)
        return
    text = request.get_data(parse_form_data=False).decode(errors="replace")
    start = text.lstrip()[:1]
    if start == "<":  # a document to import
        return
    if start == "{":
        yield from _json_fields(text)
        return
    try:
        yield from parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise InvalidInput("error.bad_request", f"more than {MAX_FIELDS} fields") from None


def _json_fields(text: str) -> Iterator[tuple[str, str]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("error.bad_request", "the body is not JSON") from None
    for name, value in document.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str | int):
                yield name, _encodable(str(each))


def _encodable(text: str) -> str:
    """`text` without halves of characters, which JSON can write and no database can store."""
    return text.encode(errors="replace").decode()
