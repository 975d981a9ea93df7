"""Feeds that readers asked for: one request per feed, with everyone who asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.orm import Session

from aggregator.errors import NotFound
from aggregator.storage.feeds.overview import source_refs
from aggregator.storage.models import SourceAskerRow, SourceRequestRow, UserRow
from aggregator.storage.readers import found_feeds
from aggregator.storage.sql.row_counts import affected_rows
from aggregator.storage.sql.upsert import insert_or_ignore
from aggregator.types import FoundFeed, OwnRequest, SourceRequest

_has_askers = exists().where(SourceAskerRow.request_id == SourceRequestRow.id)

# --- a reader ----------------------------------------------------------------------------------


def lock_reader(session: Session, user_id: int) -> None:
    """Have others who count the requests of this reader wait until the transaction ends."""
    session.execute(select(UserRow.id).where(UserRow.id == user_id).with_for_update())


def count_open(session: Session, user_id: int) -> int:
    """The open requests of a reader."""
    statement = (
        select(func.count())
        .select_from(SourceAskerRow)
        .join(SourceRequestRow, SourceRequestRow.id == SourceAskerRow.request_id)
        .where(SourceAskerRow.user_id == user_id, SourceRequestRow.state == "open")
    )
    return session.execute(statement).scalar_one()


def save_request(session: Session, key: str, feed: FoundFeed, now: datetime) -> int:
    """The open request for the feed with this key, made or opened again; its id."""
    values = {"feed": found_feeds.to_json(feed), "state": "open", "checked_at": now}
    row = {"feed_key": key, "created_at": now, "decided_by": "", "word": "", **values}
    insert_or_ignore(session, SourceRequestRow, [row])
    reopened = (
        update(SourceRequestRow)
        .where(SourceRequestRow.feed_key == key, SourceRequestRow.state != "open")
        .values(**row, decided_at=None, source_id=None)
    )
    if affected_rows(session, reopened):
        request_id = _request_id(session, key)
        session.execute(delete(SourceAskerRow).where(SourceAskerRow.request_id == request_id))
        return request_id
    session.execute(update(SourceRequestRow).where(SourceRequestRow.feed_key == key).values(values))
    return _request_id(session, key)


def _request_id(session: Session, key: str) -> int:
    statement = select(SourceRequestRow.id).where(SourceRequestRow.feed_key == key)
    return session.execute(statement).scalar_one()


def add_asker(session: Session, request_id: int, user_id: int, address: str, now: datetime) -> None:
    """Note that a reader asked for it, once."""
    row = {
        "request_id": request_id,
        "user_id": user_id,
        "address": address,
        "asked_at": now,
        "told_at": None,
    }
    insert_or_ignore(session, SourceAskerRow, [row])


def is_asker(session: Session, request_id: int, user_id: int) -> bool:
    """Whether this reader asked for it."""
    return bool(session.execute(select(exists().where(_asked(request_id, user_id)))).scalar())


def remove_asker(session: Session, request_id: int, user_id: int) -> bool:
    """Withdraw the request of a reader; whether there was one. Without readers, it is deleted."""
    open_ = select(SourceRequestRow.id).where(
        SourceRequestRow.id == request_id, SourceRequestRow.state == "open"
    )
    removed = affected_rows(
        session,
        delete(SourceAskerRow).where(
            _asked(request_id, user_id), SourceAskerRow.request_id.in_(open_)
        ),
    )
    delete_abandoned(session)
    return removed > 0


def list_own(session: Session, user_id: int) -> tuple[OwnRequest, ...]:
    """What a reader asked for, the latest first."""
    rows = session.execute(
        select(SourceRequestRow, SourceAskerRow)
        .join(SourceAskerRow, SourceAskerRow.request_id == SourceRequestRow.id)
        .where(SourceAskerRow.user_id == user_id)
        .order_by(SourceAskerRow.asked_at.desc(), SourceRequestRow.id.desc())
    ).all()
    return _own(session, [(row, asker) for row, asker in rows])


def list_untold(session: Session, user_id: int) -> tuple[OwnRequest, ...]:
    """The answered requests that a reader has not been told of, the first first."""
    rows = session.execute(
        select(SourceRequestRow, SourceAskerRow)
        .join(SourceAskerRow, SourceAskerRow.request_id == SourceRequestRow.id)
        .where(SourceAskerRow.user_id == user_id, _untold)
        .order_by(SourceRequestRow.decided_at, SourceRequestRow.id)
    ).all()
    return _own(session, [(row, asker) for row, asker in rows])


def mark_told(session: Session, user_id: int, request_ids: Collection[int], now: datetime) -> None:
    """Note that a reader was told what became of these requests."""
    session.execute(
        update(SourceAskerRow)
        .where(SourceAskerRow.user_id == user_id, SourceAskerRow.request_id.in_(request_ids))
        .values(told_at=now)
    )
    others = exists().where(
        SourceAskerRow.request_id == SourceRequestRow.id,
        SourceAskerRow.user_id == user_id,
        _untold,
    )
    session.execute(update(UserRow).where(UserRow.id == user_id).values(has_answers=others))


_untold = and_(SourceAskerRow.told_at.is_(None), SourceRequestRow.state != "open")


def _own(
    session: Session, rows: Iterable[tuple[SourceRequestRow, SourceAskerRow]]
) -> tuple[OwnRequest, ...]:
    rows = tuple(rows)
    sources = source_refs(session, {row.source_id for row, _ in rows if row.source_id})
    return tuple(
        OwnRequest(
            id=row.id,
            title=row.feed["title"],
            language=row.feed["language"],
            feed_url=row.feed["url"],
            address=asker.address,
            state=row.state,
            asked_at=asker.asked_at,
            word=row.word,
            source=sources.get(row.source_id) if row.source_id else None,
        )
        for row, asker in rows
    )


def _asked(request_id: int, user_id: int) -> ColumnElement[bool]:
    return and_(SourceAskerRow.request_id == request_id, SourceAskerRow.user_id == user_id)


# --- operators ---------------------------------------------------------------------------------


def find_request(session: Session, request_id: int) -> SourceRequest:
    """A request. Raises NotFound."""
    row = session.get(SourceRequestRow, request_id)
    if row is None:
        raise NotFound("request", request_id)
    (found,) = _requests(session, [row])
    return found


def find_by_key(session: Session, key: str) -> SourceRequest | None:
    """The request for the feed with this key."""
    statement = select(SourceRequestRow).where(SourceRequestRow.feed_key == key)
    row = session.execute(statement).scalar_one_or_none()
    return _requests(session, [row])[0] if row else None


def count_all_open(session: Session) -> int:
    """The open requests of all readers."""
    statement = select(func.count()).where(SourceRequestRow.state == "open", _has_askers)
    return session.execute(statement).scalar_one()


def list_open(session: Session, limit: int) -> tuple[SourceRequest, ...]:
    """Open requests, those of most readers first, then the oldest."""
    askers = (
        select(func.count())
        .where(SourceAskerRow.request_id == SourceRequestRow.id)
        .scalar_subquery()
    )
    statement = (
        select(SourceRequestRow)
        .where(SourceRequestRow.state == "open", _has_askers)
        .order_by(askers.desc(), SourceRequestRow.id)
        .limit(limit)
    )
    return _requests(session, session.execute(statement).scalars().all())


def open_feed_urls(session: Session) -> tuple[tuple[int, str], ...]:
    """(request id, URL of its feed) of all open requests."""
    rows = select(SourceRequestRow.id, SourceRequestRow.feed).where(
        SourceRequestRow.state == "open"
    )
    return tuple((id_, feed["url"]) for id_, feed in session.execute(rows))


def list_decided(session: Session, limit: int) -> tuple[SourceRequest, ...]:
    """Requests that were accepted or declined, the latest first."""
    statement = (
        select(SourceRequestRow)
        .where(SourceRequestRow.state != "open")
        .order_by(SourceRequestRow.decided_at.desc(), SourceRequestRow.id.desc())
        .limit(limit)
    )
    return _requests(session, session.execute(statement).scalars().all())


def accept(
    session: Session, request_id: int, source_id: int, by: str, now: datetime
) -> list[int] | None:
    """Note the source that a request became; the ids of its readers.

    None if another operator accepted it first. One that was declined in the meantime is accepted
    all the same: its source is in the config already.
    """
    changed = affected_rows(
        session,
        update(SourceRequestRow)
        .where(SourceRequestRow.id == request_id, SourceRequestRow.state != "accepted")
        .values(state="accepted", source_id=source_id, decided_at=now, decided_by=by, word=""),
    )
    return _announce(session, request_id) if changed else None


def decline(session: Session, request_id: int, word: str, by: str, now: datetime) -> bool:
    """Decline an open request; False if it is answered already."""
    changed = affected_rows(
        session,
        update(SourceRequestRow)
        .where(SourceRequestRow.id == request_id, SourceRequestRow.state == "open")
        .values(state="declined", word=word, decided_at=now, decided_by=by),
    )
    if changed:
        _announce(session, request_id)
    return changed > 0


def delete_decided_before(session: Session, moment: datetime) -> None:
    """Delete the requests that were answered before `moment`."""
    session.execute(
        delete(SourceRequestRow).where(
            SourceRequestRow.state != "open", SourceRequestRow.decided_at < moment
        )
    )


def delete_abandoned(session: Session) -> None:
    """Delete the open requests whose readers have all withdrawn or closed their accounts."""
    session.execute(delete(SourceRequestRow).where(SourceRequestRow.state == "open", ~_has_askers))


def _announce(session: Session, request_id: int) -> list[int]:
    """Have the readers of a request told on their next page; their ids."""
    askers = select(SourceAskerRow.user_id).where(SourceAskerRow.request_id == request_id)
    session.execute(
        update(SourceAskerRow).where(SourceAskerRow.request_id == request_id).values(told_at=None)
    )
    session.execute(update(UserRow).where(UserRow.id.in_(askers)).values(has_answers=True))
    return sorted(session.execute(askers).scalars())


def _requests(session: Session, rows: Collection[SourceRequestRow]) -> tuple[SourceRequest, ...]:
    readers: dict[int, list[str]] = defaultdict(list)
    asked = (
        select(SourceAskerRow.request_id, UserRow.name)
        .join(UserRow, UserRow.id == SourceAskerRow.user_id)
        .where(SourceAskerRow.request_id.in_([row.id for row in rows]))
        .order_by(SourceAskerRow.asked_at, UserRow.id)
    )
    for request_id, name in session.execute(asked):
        readers[request_id].append(name)
    return tuple(
        SourceRequest(
            id=row.id,
            feed=found_feeds.from_json(row.feed),
            state=row.state,
            created_at=row.created_at,
            checked_at=row.checked_at,
            readers=tuple(readers[row.id]),
            decided_at=row.decided_at,
            decided_by=row.decided_by,
            word=row.word,
        )
        for row in rows
    )
