"""Links that create the first account: the hashes of the latest, in one row for all processes."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Secret
from aggregator.storage.sql.upsert import insert_or_ignore

# Each process shows a link of its own.
MAX_LINKS = 16

_ROW = Secret.name == "setup"


def add_link(session: Session, token_hash: str) -> None:
    """Add a valid link; the oldest ones beyond `MAX_LINKS` stop working."""
    insert_or_ignore(session, Secret, [{"name": "setup", "value": ""}])
    known = _locked(session) or ()
    session.execute(
        update(Secret).where(_ROW).values(value=" ".join((*known, token_hash)[-MAX_LINKS:]))
    )


def is_valid_link(session: Session, token_hash: str) -> bool:
    """Whether a link is known and none has been used since."""
    value = session.execute(select(Secret.value).where(_ROW)).scalar_one_or_none()
    return token_hash in (value or "").split()


def redeem_link(session: Session, token_hash: str) -> bool:
    """Use a link, which invalidates all of them; False if it is not valid.

    Concurrent attempts wait for each other, so only one creates the first account.
    """
    known = _locked(session)
    if known is None or token_hash not in known:
        return False
    delete_links(session)
    return True


def delete_links(session: Session) -> None:
    """Invalidate all links."""
    session.execute(delete(Secret).where(_ROW))


def _locked(session: Session) -> list[str] | None:
    value = session.execute(select(Secret.value).where(_ROW).with_for_update()).scalar_one_or_none()
    return None if value is None else value.split()
