"""The front page as readers see it: what leads, the sections, the rest."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from aggregator.services.desk import front_pins
from aggregator.services.reading import front_page
from aggregator.services.reading.front_page import FrontPage
from aggregator.services.reading.muting import mute_source
from aggregator.storage.engine import Database
from aggregator.storage.stories import write
from aggregator.types import EntrySummary, User
from tests.builders import NOW, make_entry, make_feed, make_source, make_user

SECTIONS = ("world", "sport")
SOURCES = 6


@pytest.fixture
def feeds(database: Database) -> list[int]:
    """A feed of each of six sources, "s-0" to "s-5"."""
    with database.write() as session:
        return [
            make_feed(session, make_source(session, f"s-{n}"), f"https://s-{n}.example/")
            for n in range(SOURCES)
        ]


def event(
    session: Session, feeds: list[int], title: str, section: str = "", *, age: float = 2
) -> int:
    """An event that each of these feeds reports; the id of its story."""
    ids = [
        make_entry(
            session, feed, f"{title} {n}", age=age - n / 100, section=section,
            image_url=f"https://p.example/{title}.jpg",
        )
        for n, feed in enumerate(feeds)
    ]  # fmt: skip
    if len(ids) > 1:
        write.assign_stories(
            session,
            [
                {"entry_id": id_, "story_id": ids[0], "reprint_of": None, "agency": "",
                 "section": section}
                for id_ in ids[1:]
            ],
        )  # fmt: skip
    return ids[0]


def open_page(session: Session, reader: User | None = None) -> FrontPage:
    plan = front_page.plan_front_page(session, SECTIONS, NOW)
    return front_page.open_front_page(session, reader, plan, NOW)


def titles(cards: tuple[EntrySummary, ...]) -> list[str]:
    """The titles without the number of the source."""
    return [card.title.rsplit(" ", 1)[0] for card in cards]


def test_each_story_stands_once_in_its_place(database: Database, feeds: list[int]) -> None:
    with database.write_exclusive() as session:
        event(session, feeds[:5], "match", "sport", age=20)
        event(session, feeds[:3], "accord", "world")
        for number in range(7):
            event(session, feeds[number % 6 :][:1], f"but{number}", "sport", age=3 + number)
        event(session, feeds[:1], "brève", age=0.5)
    with database.read() as session:
        page = open_page(session)
    assert titles(page.top[:2]) == ["match", "accord"]
    assert len(page.top) == 5
    (sport,) = page.sections
    assert sport.name == "sport"
    assert [title for title in titles(sport.stories) if not title.startswith("but")] == []
    assert titles(page.rest.entries) == ["brève"]
    everything = (*page.top, *sport.stories, *page.wide, *page.rest.entries)
    assert sorted({*titles(everything)}) == sorted(titles(everything))
    assert len(everything) == 10
    assert len(page.listed.entries) == 10


def test_events_that_many_report_stand_above_the_rest(database: Database, feeds: list[int]) -> None:
    with database.write_exclusive() as session:
        for number in range(7):
            event(session, feeds, f"grand{number}", age=10 + number)
        event(session, feeds[:1], "brève", age=0.1)
    with database.read() as session:
        page = open_page(session)
    assert titles(page.top) == [f"grand{number}" for number in range(5)]
    assert titles(page.wide) == ["grand5", "grand6"]
    assert titles(page.rest.entries) == ["brève"]


def test_editors_pin_a_story_until_it_expires(database: Database, feeds: list[int]) -> None:
    with database.write_exclusive() as session:
        brahim = make_user(session, "Brahim", role="editor")
        event(session, feeds[:5], "match", "sport")
        small = event(session, feeds[:1], "enquête", age=30)
        until = NOW + front_pins.LONGEST_PIN
        assert front_pins.pin(session, brahim, small, until, NOW) is None
    with database.read() as session:
        page = open_page(session)
        later = front_page.plan_front_page(session, SECTIONS, until)
    assert titles(page.top) == ["enquête", "match"]
    assert page.pinned == {page.top[0].id}
    assert later.pinned == ()


def test_a_merged_story_hands_its_pin_on(database: Database, feeds: list[int]) -> None:
    with database.write_exclusive() as session:
        brahim = make_user(session, "Brahim", role="editor")
        one, other = (event(session, feeds[:2], name) for name in ("un", "deux"))
        front_pins.pin(session, brahim, other, NOW + front_pins.LONGEST_PIN, NOW)
        write.merge_stories(session, one, other)
        write.refresh(session, [one])
        pinned = front_pins.find_pin(session, one, NOW)
        assert pinned
        assert pinned.editor == "Brahim"
        assert front_pins.unpin(session, brahim, other, NOW) == pinned
        assert front_pins.find_pin(session, one, NOW) is None


def test_what_a_reader_muted_makes_room_for_others(database: Database, feeds: list[int]) -> None:
    with database.write_exclusive() as session:
        amina = make_user(session)
        for number in range(6):
            event(session, feeds[number:][:1], f"but{number}", "sport", age=1 + number)
        for number in range(6):
            event(session, feeds[1:2], f"accord{number}", "world", age=8 + number)
        mute_source(session, amina, "s-0", True, NOW)
    with database.read() as session:
        seen, others = open_page(session, amina), open_page(session)
    assert "but0" in titles(others.top)
    shown = (*seen.top, *(each for part in seen.sections for each in part.stories))
    assert "but0" not in titles((*shown, *seen.rest.entries))
    assert len(seen.top) == len(others.top) == 5


def test_an_empty_site_has_an_empty_page(database: Database) -> None:
    with database.read() as session:
        page = open_page(session)
    assert (page.top, page.sections, page.rest.entries) == ((), (), ())
