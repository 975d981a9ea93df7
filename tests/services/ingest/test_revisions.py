"""What polls keep of entries that their publishers change or take out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from aggregator.process.entries.absences import MIN_POLLS, pack_identities
from aggregator.services.ingest.read_feed import PollResult
from aggregator.services.ingest.store import store
from aggregator.services.ingest.store_unchanged import store_unchanged
from aggregator.storage.engine import Database
from aggregator.storage.entries.retention import delete_before
from aggregator.storage.listing import revisions as listing
from aggregator.storage.models import Entry, EntryRevision
from aggregator.types import EntryVersion, PreparedEntry
from tests.builders import BODY, NOW, an_entry, entry_rows
from tests.services.ingest.polls import POLICY, claim, poll, result_of

MINUTE = timedelta(minutes=1)


def versions(database: Database, entry_id: int = 1) -> Sequence[EntryVersion]:
    with database.read() as session:
        return listing.find_history(session, entry_id).versions


def texts(database: Database) -> list[tuple[str, str]]:
    return [(each.text.title, each.text.content) for each in versions(database)]


def sizes(database: Database) -> list[str | None]:
    return [each.change.size if each.change else None for each in versions(database)]


def marks(database: Database, entry_id: int = 1) -> Any:
    columns = Entry.revision_count, Entry.change_size, Entry.left_feed_at
    with database.read() as session:
        return tuple(session.execute(select(*columns).where(Entry.id == entry_id)).one())


def told(title: str, text: str = BODY, **values: Any) -> PreparedEntry:
    return an_entry(title, guid="g", text=text, **values)


def test_every_change_of_an_entry_is_kept(database: Database, feed_id: int) -> None:
    poll(database, feed_id, told("سقوط 3 قتلى"))
    poll(database, feed_id, told("سقوط 5 قتلى"), now=NOW + MINUTE)
    poll(database, feed_id, told("سقوط 5 قتلى", BODY + " صباحا"), now=NOW + 2 * MINUTE)
    assert texts(database) == [
        ("سقوط 3 قتلى", f"<p>{BODY}</p>"),
        ("سقوط 5 قتلى", f"<p>{BODY}</p>"),
        ("سقوط 5 قتلى", f"<p>{BODY} صباحا</p>"),
    ]
    assert sizes(database) == [None, "figures", "wording"]
    seen = [each.seen_at for each in versions(database)]
    assert seen == [NOW, NOW + MINUTE, NOW + 2 * MINUTE]
    assert marks(database) == (2, 3, None)


def test_an_entry_that_stays_the_same_keeps_nothing(database: Database, feed_id: int) -> None:
    for _ in range(2):
        poll(database, feed_id, told("خبر"))
    assert len(versions(database)) == 1
    assert marks(database) == (0, 0, None)


def test_noise_is_no_version_and_hides_none(database: Database, feed_id: int) -> None:
    """The present text is what former versions are decoded from, also if only noise changed it."""
    entry = told("سقوط 3 قتلى")
    poll(database, feed_id, entry)
    poll(database, feed_id, told("سقوط 5 قتلى"))
    for count in (12, 13):
        noisy = told("سقوط 5 قتلى", content=f"<p>{BODY}</p><p>{count} تعليق</p>", revision=count)
        poll(database, feed_id, noisy)
    assert [title for title, _ in texts(database)] == ["سقوط 3 قتلى", "سقوط 5 قتلى"]
    assert texts(database)[0] == ("سقوط 3 قتلى", entry.content)
    assert "13 تعليق" in texts(database)[1][1]


def test_each_part_of_a_long_poll_keeps_what_it_overwrites(
    database: Database, feed_id: int
) -> None:
    first = [an_entry(f"خبر {n} أول", guid=f"g{n}") for n in range(100)]
    later = [an_entry(f"خبر {n} ثان", guid=f"g{n}") for n in range(100)]
    poll(database, feed_id, *first)
    poll(database, feed_id, *later)
    with database.read() as session:
        kept = session.execute(select(EntryRevision.entry_id, EntryRevision.number)).all()
    assert sorted(map(tuple, kept)) == [(row.id, 1) for row in entry_rows(database)]


def test_a_poll_that_was_killed_keeps_neither_twice(
    database: Database, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    poll(database, feed_id, told("أول"))
    result = result_of(database, feed_id, told("ثان"))

    class Killed(BaseException):
        pass

    def end(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("aggregator.services.ingest.store._index", end)
        with pytest.raises(Killed):
            store(database, [result], POLICY)
    assert texts(database) == [("أول", f"<p>{BODY}</p>")]
    poll(database, feed_id, told("ثان"), now=NOW + 10 * MINUTE)  # the lease has expired
    assert [title for title, _ in texts(database)] == ["أول", "ثان"]


def test_retention_takes_former_versions_along(database: Database, feed_id: int) -> None:
    poll(database, feed_id, told("أول"))
    poll(database, feed_id, told("ثان"))
    with database.write() as session:
        assert delete_before(session, NOW, NOW, limit=10) == 1
    with database.read() as session:
        assert session.execute(select(EntryRevision.entry_id)).all() == []


# --- entries that left their feed ----------------------------------------------------------------

LISTED = tuple(an_entry(f"خبر {n}", guid=f"g{n}") for n in range(8))


def read(database: Database, feed_id: int, entries: Sequence[PreparedEntry]) -> None:
    listed = pack_identities(entry.identity for entry in entries)
    poll(database, feed_id, *entries, document={"listed": listed})


def read_unchanged(database: Database, feed_id: int) -> None:
    store_unchanged(database, [PollResult(claim(database, feed_id), NOW)], POLICY)


def left(database: Database) -> list[str]:
    with database.read() as session:
        found = select(Entry.title).where(Entry.left_feed_at.is_not(None)).order_by(Entry.title)
        return list(session.execute(found).scalars())


def test_an_entry_that_goes_while_others_stay_is_noted(database: Database, feed_id: int) -> None:
    read(database, feed_id, LISTED)
    rest = LISTED[:3] + LISTED[4:]
    for _ in range(MIN_POLLS - 1):
        read(database, feed_id, rest)
        assert left(database) == []
    read(database, feed_id, rest)
    assert left(database) == ["خبر 3"]
    read(database, feed_id, LISTED)
    assert left(database) == []


def test_a_document_that_stays_the_same_still_misses_it(database: Database, feed_id: int) -> None:
    read(database, feed_id, LISTED)
    read(database, feed_id, LISTED[:3] + LISTED[4:])
    for _ in range(MIN_POLLS - 1):
        assert left(database) == []
        read_unchanged(database, feed_id)
    assert left(database) == ["خبر 3"]
    read_unchanged(database, feed_id)
    assert left(database) == ["خبر 3"]


def test_what_makes_room_for_new_entries_is_not_missing(database: Database, feed_id: int) -> None:
    for start in range(6, 0, -1):
        read(database, feed_id, LISTED[start : start + 4])
    for _ in range(MIN_POLLS):
        read_unchanged(database, feed_id)
    assert left(database) == []
