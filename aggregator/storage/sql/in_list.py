"""Looking up many keys with one constant statement.

`column IN (…)` is compiled again for each number of keys, which costs more than the look-up itself;
here the keys are a single parameter.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Dialect,
    SQLColumnExpression,
    Text,
    any_,
    bindparam,
    column,
    func,
    select,
)
from sqlalchemy.types import TypeDecorator, TypeEngine


class KeyList(TypeDecorator[Collection[int]]):
    """64-bit keys as one value: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(ARRAY(BigInteger()))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        keys = list(value or ())
        return keys if dialect.name == "postgresql" else json.dumps(keys)


def in_list(key: SQLColumnExpression[Any], parameter: str, dialect: str) -> ColumnElement[bool]:
    """Whether `key` is among the keys in `parameter`; `dialect` is "sqlite" or "postgresql"."""
    keys = bindparam(parameter, type_=KeyList())
    if dialect == "postgresql":
        return key == any_(keys)
    listed = func.json_each(keys).table_valued(column("value", BigInteger))
    return key.in_(select(listed.c.value))
