"""Applying migrations with Alembic; imported only when there is one to apply."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_FOLDER = Path(__file__).parent


def upgrade(connection: Connection, current: str | None, announce: Callable[[str], None]) -> int:
    """Bring the database of `connection` from revision `current` to the newest; how many steps.

    `announce` gets "0001 The first tables" and so on, before anything is done.
    """
    scripts = ScriptDirectory(str(_FOLDER))
    steps = list(scripts.iterate_revisions("head", current or "base"))
    for step in reversed(steps):
        announce(f"{step.revision} {step.doc.rstrip('.')}")
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return len(steps)
