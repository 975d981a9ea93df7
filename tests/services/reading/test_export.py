"""Exporting a reader's data: one document, in bounded memory."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from aggregator.errors import NotFound, TooManyAttempts
from aggregator.services.desk import topics as desk
from aggregator.services.reading import (
    export,
    folders,
    marking,
    muting,
    source_requests,
    stories,
    tagging,
    topics,
)
from aggregator.services.reading.preferences import save
from aggregator.services.search import saved
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, ReadMark
from aggregator.storage.readers.subscriptions import follow_sources
from aggregator.types import LocalizedText, TopicContent, User
from tests.builders import (
    NOW,
    a_found_feed,
    make_entry,
    make_feed,
    make_source,
    make_star,
    make_user,
)
from tests.revising import revise


@pytest.fixture
def amina(database: Database, monkeypatch: pytest.MonkeyPatch) -> User:
    """A reader of five entries, exported two at a time."""
    monkeypatch.setattr(export, "PAGE", 2)
    with database.write() as session:
        amina, brahim = make_user(session), make_user(session, "Brahim")
        source = make_source(session, name="هسبريس")
        feed = make_feed(session, source)
        ids = [make_entry(session, feed, f"خبر {number}", age=9 - number) for number in range(5)]
        for id_ in ids[:4]:
            make_star(session, amina.id, id_)
        make_star(session, brahim.id, ids[4])
        tagging.add_tags(session, amina, ids[4], "للقراءة, eau", NOW)
        for id_ in ids[:3]:
            tagging.add_tags(session, amina, id_, "eau", NOW)
        follow_sources(session, amina.id, [source], NOW)
        folders.ensure_folder(session, amina, "فارغ", NOW)
        folders.put_in_folder(session, amina, source, "جرائد", NOW)
        folders.ensure_folder(session, brahim, "ماء", NOW)
        session.execute(
            insert(ReadMark), {"user_id": amina.id, "source_id": source, "up_to": ids[1]}
        )
        muting.mute_word(session, amina, "مباراة", NOW)
        muting.mute_source(session, amina, "hespress", True, NOW)
        save(session, amina, {"theme": "sepia"})
        marking.mark_entries(session, amina, [ids[0]], False, NOW)
        marking.mark_entries(session, amina, [ids[3]], True, NOW)
        saved.save(session, amina, "سد OR barrage", "السدود", "ar", NOW)
        water = TopicContent("water", LocalizedText("الماء"), rule="سدود", state="published")
        desk.create(session, User(2, "Brahim", "editor"), water, NOW)
        topics.follow(session, amina, "water", True, NOW)
        for id_ in ids[:3]:
            stories.follow(session, amina, id_, True, NOW)
        new = a_found_feed()
        for reader in (amina, brahim):
            source_requests.ask_for_feed(session, reader, new, f"{reader.name}.example", 5, NOW)
    return amina


def exported(database: Database, reader: User) -> dict[str, Any]:
    document: dict[str, Any] = json.loads("".join(export.export(database, reader, NOW)))
    return document


def test_everything_of_a_reader_and_nothing_of_others(database: Database, amina: User) -> None:
    document = exported(database, amina)
    assert document["account"] == {
        "name": "Amina", "role": "reader", "created_at": "2026-11-02T08:00:00Z",
    }  # fmt: skip
    assert document["preferences"]["theme"] == "sepia"
    (followed,) = document["following"]
    assert (followed["source"], followed["feeds"]) == (
        "hespress", ["https://hespress.example/feed"],
    )  # fmt: skip
    assert [(each["name"], each["sources"]) for each in document["folders"]] == [
        ("فارغ", []), ("جرائد", ["hespress"]),
    ]  # fmt: skip
    assert document["folders"][0]["created_at"] == "2026-11-02T08:00:00Z"
    assert [each["topic"] for each in document["topics"]] == ["water"]
    (search,) = document["saved_searches"]
    assert (search["name"], search["query"]) == ("السدود", "سد أو barrage")
    (asked,) = document["source_requests"]
    assert asked == {
        "address": "Amina.example", "feed": "https://new.example/feed", "title": "الجديد",
        "state": "open", "word": "", "asked_at": "2026-11-02T08:00:00Z",
    }  # fmt: skip
    assert [each["title"] for each in document["stories"]] == ["خبر 0", "خبر 1", "خبر 2"]
    assert [each["word"] for each in document["muted_words"]] == ["مباراة"]
    assert [each["source"] for each in document["muted_sources"]] == ["hespress"]
    assert document["read_up_to"] == [{"source": "hespress", "arrived_at": "2026-11-02T08:00:00Z"}]
    said = {each["title"]: each["read"] for each in document["read_exceptions"]}
    assert said == {"خبر 0": False, "خبر 3": True}
    assert [each["title"] for each in document["starred"]] == ["خبر 0", "خبر 1", "خبر 2", "خبر 3"]
    assert document["starred"][0].keys() == {"title", "url", "source", "published_at", "starred_at"}
    tagged = [(each["tag"], each["title"]) for each in document["tagged"]]
    assert tagged == [("eau", f"خبر {n}") for n in (0, 1, 2, 4)] + [("للقراءة", "خبر 4")]


def test_what_publishers_changed_is_told(database: Database, amina: User) -> None:
    (first, *_) = exported(database, amina)["starred"]
    assert "change" not in first
    with database.write() as session:
        (id_,) = session.execute(select(Entry.id).where(Entry.title == first["title"])).scalars()
        revise(session, id_, title="خبر 7")
    (changed, *_) = exported(database, amina)["starred"]
    assert (changed["title"], changed["change"]) == ("خبر 7", "figures")


def test_somebody_who_did_nothing_gets_a_document_too(database: Database) -> None:
    with database.write() as session:
        driss = make_user(session, "Driss")
    document = exported(database, driss)
    for name in (
        "following", "topics", "saved_searches", "read_up_to", "read_exceptions", "tagged",
        "stories", "starred", "source_requests",
    ):  # fmt: skip
        assert document[name] == []


def test_ten_an_hour_and_only_of_whom_there_is(database: Database, amina: User) -> None:
    for _ in range(10):
        export.export(database, amina, NOW)
    with pytest.raises(TooManyAttempts):
        export.export(database, amina, NOW)
    assert export.export(database, amina, NOW + timedelta(hours=1))
    with pytest.raises(NotFound):
        export.export(database, User(99, "Nobody", "reader"), NOW)
