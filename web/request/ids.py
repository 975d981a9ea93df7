"""Ids in addresses."""

from __future__ import annotations

from werkzeug.routing import IntegerConverter, Map

MAX_ID = 2**31 - 1


class IdConverter(IntegerConverter):
    """`<int:…>` for ids: what no row can have is no page, before a database is asked."""

    regex = r"\d{1,10}"

    def __init__(self, map: Map) -> None:  # noqa: A002  # Werkzeug's name
        super().__init__(map, max=MAX_ID)
