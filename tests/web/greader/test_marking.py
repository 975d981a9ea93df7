"""What apps write is what pages show, at once; and the reverse."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from aggregator.services.reading import entries, following, marking, tagging
from aggregator.storage.engine import Database
from aggregator.types import EntryFilter, User
from tests.builders import NOW, make_entry
from tests.web.browser import Browser
from tests.web.greader.conftest import (
    HESPRESS,
    KAPITALIS,
    MEDIAS,
    READ,
    READING_LIST,
    STARRED,
    Phone,
    sign_in,
)
from web.greader.ids import item_id, microseconds

KEPT_UNREAD = "user/-/state/com.google/kept-unread"
HOUR = timedelta(hours=1)


def on_pages(database: Database, reader: User, **chosen: Any) -> list[int]:
    with database.read() as session:
        page = entries.list_entries(session, reader, EntryFilter(duplicates=True, **chosen))
    return sorted(entry.id for entry in page.entries)


def add(database: Database, count: int, feed: int = 1) -> list[int]:
    with database.write() as session:
        return [
            make_entry(session, feed, f"{feed} {n}", fetched_at=NOW + n * HOUR)
            for n in range(1, count + 1)
        ]


# --- edit-tag --------------------------------------------------------------------------------


def test_marking_a_copy_marks_its_siblings(phone: Phone, database: Database, amina: User) -> None:
    phone.write("edit-tag", i="2", a=READ)
    assert on_pages(database, amina, unread=True) == [3]
    assert phone.ids(READ) == [1]
    phone.write("edit-tag", i=item_id(1), r=READ)
    assert on_pages(database, amina, unread=True) == [1, 2, 3]


def test_many_ids_in_all_notations(phone: Phone, database: Database, amina: User) -> None:
    ids = add(database, 3)
    notations = [item_id(ids[0]), f"{ids[1]:016x}", str(ids[2]), "99999"]
    phone.write("edit-tag", i=notations, a=[READ, STARRED])
    assert on_pages(database, amina, starred=True) == ids
    assert phone.ids(xt=READ) == [1]
    phone.write("edit-tag", i=notations, a=KEPT_UNREAD, r=[READ, STARRED])
    assert on_pages(database, amina, starred=True) == []
    assert phone.ids(xt=READ) == [*reversed(ids), 1]


def test_labels_are_tags(phone: Phone, database: Database, amina: User) -> None:
    phone.write("edit-tag", i=["1", "3"], a=["user/-/label/ماء", "user/1/label/Eau / sécheresse"])
    assert on_pages(database, amina, tag="ماء") == [1, 3]
    assert on_pages(database, amina, tag="Eau / sécheresse") == [1, 3]
    phone.write("edit-tag", i="1", r="user/-/label/ماء")
    assert on_pages(database, amina, tag="ماء") == [3]
    phone.write("edit-tag", i="3", r="user/-/label/ماء")
    with database.read() as session:
        assert [tag.name for tag in tagging.list_tags(session, amina)] == ["Eau / sécheresse"]


def test_states_of_google_that_mean_nothing_here(phone: Phone) -> None:
    for state in ("broadcast", "like", "tracking-kept-unread"):
        phone.write("edit-tag", i="1", a=f"user/-/state/com.google/{state}")


def test_the_undo_of_a_page_does_not_undo_what_the_phone_did(
    phone: Phone, database: Database, amina: User
) -> None:
    first, second = add(database, 2)
    with database.write() as session:
        undo = marking.mark_entries(session, amina, [first], True, NOW).undo
    phone.write("mark-all-as-read", s=HESPRESS)
    with database.write() as session, pytest.raises(Exception, match="undo"):
        marking.undo(session, amina, undo or "", NOW)
    assert phone.ids(HESPRESS, xt=READ) == []
    assert second


@pytest.mark.parametrize(
    "form",
    [
        {"a": READ}, {"i": "x", "a": READ}, {"i": "0", "a": READ}, {"i": "1", "a": "made-up"},
        {"i": "1", "a": "user/-/label/" + "x" * 61}, {"i": "1", "r": "feed/x"},
        {"i": "1", "a": "user/-/label/\x01"},
    ],
)  # fmt: skip
def test_edits_that_are_wrong(phone: Phone, form: dict[str, str]) -> None:
    answer = phone.post("edit-tag", **form)
    assert answer.status_code == 400
    assert answer.text.startswith("Error=")
    assert phone.ids(STARRED) == phone.ids(READ) == []


def test_more_ids_than_an_app_ever_sends(phone: Phone) -> None:
    for count, status in ((10_000, 200), (10_001, 400), (50_000, 400)):
        ids = "&".join(f"i={id_}" for id_ in range(1, count + 1))
        body = f"{ids}&a={READ}"
        answer = phone.open("/reader/api/0/edit-tag", "POST", data=body)
        assert answer.status_code == status, count


def test_an_entry_has_a_maximum_of_tags(phone: Phone) -> None:
    for n in range(50):
        phone.write("edit-tag", i="1", a=f"user/-/label/{n}")
    assert phone.post("edit-tag", i="1", a="user/-/label/50").status_code == 400
    phone.write("edit-tag", i="1", a="user/-/label/49")


# --- mark-all-as-read ------------------------------------------------------------------------


def test_all_of_everything_and_nothing_of_others(
    phone: Phone, database: Database, amina: User
) -> None:
    add(database, 3)
    phone.write("mark-all-as-read", s=READING_LIST)
    assert phone.ids(xt=READ) == []
    assert on_pages(database, amina, unread=True) == [3]
    assert phone.ids(KAPITALIS, xt=READ) == [3]


@pytest.mark.parametrize("digits", [10, 13, 16])
def test_what_arrived_later_stays_unread(
    phone: Phone, database: Database, amina: User, digits: int
) -> None:
    first, second, third = add(database, 3)
    ts = str(microseconds(NOW + 2 * HOUR))[:digits]
    phone.write("mark-all-as-read", s=HESPRESS, ts=ts)
    assert phone.ids(xt=READ) == [third]
    assert on_pages(database, amina, unread=True) == [3, third]
    phone.write("mark-all-as-read", s=HESPRESS, ts=str(microseconds(NOW + HOUR)))
    assert phone.ids(READ) == [second, first, 1]


@pytest.mark.parametrize("stream", [READING_LIST, MEDIAS, "user/-/label/Morocco · French"])
def test_siblings_in_other_sources_are_marked_too(
    phone: Phone, database: Database, amina: User, stream: str
) -> None:
    phone.write("mark-all-as-read", s=stream)
    assert on_pages(database, amina, unread=True) == [3]


def test_starred_and_tagged(phone: Phone, database: Database, amina: User) -> None:
    first, second, third = add(database, 3)
    phone.write("edit-tag", i=[str(first), "3"], a=STARRED)
    phone.write("edit-tag", i=str(second), a="user/-/label/ماء")
    phone.write("mark-all-as-read", s=[STARRED, "user/-/label/ماء"])
    assert phone.ids(xt=READ) == [third, 1]
    assert phone.ids(KAPITALIS, xt=READ) == []


def test_what_is_read_is_nothing_to_mark(phone: Phone) -> None:
    phone.write("mark-all-as-read", s=READ)
    assert phone.ids(xt=READ) == [1]


@pytest.mark.parametrize("form", [{}, {"s": "x"}, {"s": HESPRESS, "ts": "x"}, {"s": "feed/990"}])
def test_marking_all_wrongly(phone: Phone, form: dict[str, str]) -> None:
    assert phone.post("mark-all-as-read", **form).status_code == 400
    assert phone.ids(xt=READ) == [1]


# --- pages and apps --------------------------------------------------------------------------


def test_what_is_marked_on_a_page_is_marked_in_the_app(
    site: Flask, phone: Phone, database: Database, amina: User
) -> None:
    browser = Browser(site)
    browser.sign_in("Amina")
    browser.post("/entries/read", ids="1", on="1", next="/")
    assert phone.ids(xt=READ) == []
    assert phone.json("unread-count")["unreadcounts"] == []
    phone.write("edit-tag", i="1", a=KEPT_UNREAD)
    assert phone.json("unread-count")["unreadcounts"][0]["count"] == 1
    page = browser.get("/session/token")
    assert page.status_code == 200
    with database.read() as session:
        followed = following.follow_state(session, amina).followed
    assert followed == {"hespress", "medias24"}
    browser.post("/entries/1/star", on="1", next="/")
    assert phone.ids(STARRED) == [1]
    phone.write("edit-tag", i="1", r=STARRED)
    assert on_pages(database, amina, starred=True) == []


def test_two_phones_of_one_reader(
    site: Flask, phone: Phone, database: Database, amina: User
) -> None:
    other = Phone(site, sign_in(database, amina))
    phone.write("edit-tag", i="1", a=[READ, STARRED])
    assert (other.ids(READ), other.ids(STARRED)) == ([1], [1])
