"""Links that make the first account: hashes of the latest, in one row for all processes."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from aggregator.storage.models import Secret
from aggregator.storage.sql.upsert import insert_or_ignore

MAX_LINKS = 16
"""As many processes may tell a link of their own."""

_ROW = Secret.name == "setup"


def add_link(session: Session, token_hash: str) -> None:
    """One more link that works, beside the latest others."""
    insert_or_ignore(session, Secret, [{"name": "setup", "value": ""}])
    known = _locked(session) or ()
    session.execute(
        update(Secret).where(_ROW).values(value=" ".join((*known, token_hash)[-MAX_LINKS:]))
    )


def is_valid_link(session: Session, token_hash: str) -> bool:
    """Whether that link was told and not used since."""
    value = session.execute(select(Secret.value).where(_ROW)).scalar_one_or_none()
    return token_hash in (value or "").split()


def redeem_link(session: Session, token_hash: str) -> bool:
    """Use a link up, and with it all others; False where there is none any more.

    Two who try at once wait for each other, so only one makes the first account.
    """
    known = _locked(session)
    if known is None or token_hash not in known:
        return False
    delete_links(session)
    return True


def delete_links(session: Session) -> None:
    """No link works any more."""
    session.execute(delete(Secret).where(_ROW))


def _locked(session: Session) -> list[str] | None:
    value = session.execute(select(Secret.value).where(_ROW).with_for_update()).scalar_one_or_none()
    return None if value is None else value.split()
