"""Looking up many keys with one constant statement.

`column IN (…)` is compiled again for each number of keys, which costs more than the look-up itself;
here the keys are a single parameter.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Dialect,
    FromClause,
    Select,
    SQLColumnExpression,
    Text,
    any_,
    bindparam,
    column,
    func,
    select,
    true,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from aggregator.storage.models.base import UtcTime

_TIME = UtcTime()


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


class TimeList(KeyList):
    """Times as one value, as `KeyList`."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(ARRAY(TIMESTAMP(timezone=True)))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        times = [_TIME.process_bind_param(each, dialect) for each in value or ()]
        return super().process_bind_param(times, dialect)


def in_list(key: SQLColumnExpression[Any], parameter: str, dialect: str) -> ColumnElement[bool]:
    """Whether `key` is among the keys in `parameter`; `dialect` is "sqlite" or "postgresql"."""
    keys = bindparam(parameter, type_=KeyList())
    if dialect == "postgresql":
        return key == any_(keys)
    return key.in_(select(_listed(keys, dialect).c.value))


def in_list_of_rare(
    key: Column[Any], parameter: str, dialect: str, most: int
) -> ColumnElement[bool]:
    """As `in_list`, without those keys that more than `most` rows have.

    No more rows than that are read of one, if an index begins with `key`.
    """
    keys = bindparam(parameter, type_=KeyList())
    listed = _listed(keys, dialect)
    alike = key.table.alias("alike")
    more = select(alike.c.id).where(alike.c[key.name] == listed.c.value).offset(most).limit(1)
    rare = select(listed.c.value).where(~more.exists())
    if dialect == "postgresql":  # looked up in the index, never joined with the whole table
        return key == any_(func.array(rare.scalar_subquery()))
    return key.in_(rare)


def _listed(keys: BindParameter[Any], dialect: str) -> FromClause:
    """The keys of a parameter as rows with a column `value`."""
    if dialect == "postgresql":
        return select(func.unnest(keys).label("value")).subquery()
    return func.json_each(keys).table_valued(column("value", BigInteger))


def latest_of_each(
    columns: Sequence[Column[Any]],
    key: Column[Any],
    condition: ColumnElement[bool],
    dialect: str,
    limit: int,
    keys: KeyList,
) -> Select[Any]:
    """Select rows with `keys` (a parameter) in the column `key`: of each the `limit` highest ids.

    However many rows share a key, no more than that are read, if an index has the columns of
    `condition`, the key and the id, in this order or another that ends with the id.
    """
    listed = _listed(bindparam("keys", type_=keys), dialect)
    rows = key.table
    latest = select(*columns) if dialect == "postgresql" else select(rows.c.id)
    latest = latest.where(key == listed.c.value, condition).order_by(rows.c.id.desc()).limit(limit)
    if dialect == "postgresql":
        each = latest.lateral()
        return select(*each.c).select_from(listed.join(each, true()))
    found = rows.alias("found")
    chosen = found.c.id.in_(latest.correlate(listed))
    named = [found.c[each.name] for each in columns]
    return select(*named).select_from(listed.join(found, chosen))
