"""How Alembic compares a database with the models, and writes down their types."""

from __future__ import annotations

from typing import Any, Literal

from aggregator.storage.models.base import UtcTime


def is_modelled(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a name in the database has its counterpart in the models.

    The search index has none: its form differs between SQLite and PostgreSQL.
    """
    return kind != "table" or not str(name).startswith("search_index")


def render_type(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Our own column type as migrations write it; False leaves the rest to Alembic."""
    return "UtcTime()" if kind == "type" and isinstance(item, UtcTime) else False
