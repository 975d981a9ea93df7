"""Random values shared by all web processes, created on first use."""

from __future__ import annotations

import secrets

from sqlalchemy import select

from aggregator.storage.engine import Database
from aggregator.storage.models import Secret
from aggregator.storage.sql.upsert import insert_or_ignore


def shared_secret(database: Database, name: str) -> str:
    """The secret of that name, 256 random bits in hexadecimal; the same for every process."""
    statement = select(Secret.value).where(Secret.name == name)
    with database.read() as session:
        value = session.execute(statement).scalar_one_or_none()
    if value is None:
        with database.write() as session:
            insert_or_ignore(session, Secret, [{"name": name, "value": secrets.token_hex(32)}])
            value = session.execute(statement).scalar_one()
    return value
