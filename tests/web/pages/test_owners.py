"""Pages of owners, and owners on the pages of sources, stories and searches."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import event, update

from aggregator.storage.engine import Database
from aggregator.storage.feeds.owners import sync_owners
from aggregator.storage.models import Source
from aggregator.types import Owner
from tests.builders import an_owner
from tests.web.browser import Browser

HOLDING = an_owner("holding", kind="party")
PRESS = an_owner("press-house", parents=("holding",), source_url="https://www.press.example/x")


def text_of(page: str) -> str:
    """What a reader reads: no tags, single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?bdi[^>]*>", "", page)).split())


def own(newsroom: Database, owners: list[Owner], **of: str) -> None:
    with newsroom.write() as session:
        sync_owners(session, owners)
        for slug, owner in of.items():
            named = update(Source).where(Source.slug == slug.replace("_", "-"))
            session.execute(named.values(owner=owner))


def test_the_list_has_owners_by_kind_with_what_they_cite(
    driss: Browser, newsroom: Database
) -> None:
    own(newsroom, [PRESS, HOLDING])
    page = driss.get("/owners?hl=en").text
    assert page.index("Political party") < page.index("Private")
    assert page.count('href="https://www.press.example/x"') == 1
    assert "press.example" in text_of(page)
    assert "2 sources without a recorded owner" in text_of(page)
    assert text_of(page).count("1 source ") == 2  # the house's own, and the holding's through it
    assert 'href="/owners"' in driss.get("/sources").text


def test_without_owners_the_list_says_how_to_record_them(
    driss: Browser, newsroom: Database
) -> None:
    own(newsroom, [])
    assert "No owners recorded yet" in driss.get("/owners?hl=en").text


def test_an_owner_has_its_sources_and_their_latest_stories(
    driss: Browser, newsroom: Database
) -> None:
    own(newsroom, [PRESS, HOLDING], kapitalis="holding")
    page = driss.get("/owners/press-house?hl=en").text
    assert "Part of: House holding" in text_of(page)
    assert 'href="/sources/hespress"' in page
    assert re.findall(r'<article class="entry[^"]*" id="e(\d)"', page) == ["1"]
    page = driss.get("/owners/holding?hl=en").text
    assert "هسبريس through House press-house" in text_of(page)
    assert re.findall(r'<article class="entry[^"]*" id="e(\d)"', page) == ["3", "1"]
    assert re.findall(
        r'<article class="entry[^"]*" id="e(\d)"', driss.get("/owners/holding?lang=fr").text
    ) == ["3"]
    assert 'href="/entries/1?in=owner%3Apress-house"' in driss.get("/owners/press-house").text
    assert 'href="/owners/press-house"' in driss.get("/entries/1?in=owner%3Apress-house").text


def test_unknown_owners_are_not_found(driss: Browser) -> None:
    assert driss.get("/owners/nobody").status_code == 404
    assert driss.get("/owners/No.Slug").status_code == 404
    assert driss.get("/api/v1/owners/nobody").status_code == 404
    assert driss.get("/owners/press-house?unread=1").status_code in (302, 303)


def test_a_source_names_its_owner_and_all_above_it(driss: Browser, newsroom: Database) -> None:
    own(newsroom, [PRESS, HOLDING])
    page = text_of(driss.get("/sources/hespress?hl=en").text)
    assert "Owner: House press-house" in page
    assert "Part of: House holding" in page
    assert "Reference: press.example" in page
    assert "Owner:" not in text_of(driss.get("/sources/medias24?hl=en").text)


def counts_of(driss: Browser, language: str) -> str:
    return text_of(driss.get(f"/stories/4?hl={language}").text)


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("owners", "english", "french", "arabic"),
    [
        (
            ("state", "state-two", "private", ""),
            "3 owners, 2 of them the state’s 1 source without a recorded owner",
            "3 propriétaires, dont 2 relevant de l’État 1 source sans propriétaire renseigné",
            "3 مالكين، اثنان منهم تابعان للدولة مصدر واحد بلا مالك مسجل",
        ),
        (
            ("state", "child", "private", "private"),
            "2 owners, 1 of them the state’s",
            "2 propriétaires, dont 1 relevant de l’État",
            "مالكان، واحد منهم تابع للدولة",
        ),
        (
            ("private", "private", "private", "private"),
            "1 owner",
            "1 propriétaire",
            "مالك واحد",
        ),
        (
            ("state", "child", "state", "state"),
            "1 owner, the state’s",
            "1 propriétaire, relevant de l’État",
            "مالك واحد، تابع للدولة",
        ),
        (
            ("state", "state-two", "state", "state"),
            "2 owners, all of them the state’s",
            "2 propriétaires, tous relevant de l’État",
            "مالكان، كلهم تابعون للدولة",
        ),
    ],
)
def test_a_story_counts_the_owners_of_its_sources(
    driss: Browser,
    newsroom: Database,
    owners: tuple[str, ...],
    english: str,
    french: str,
    arabic: str,
) -> None:
    known = [
        an_owner("state", kind="state"),
        an_owner("state-two", kind="state"),
        an_owner("child", parents=("state",)),
        an_owner("private"),
    ]
    own(newsroom, known, **{f"source-{n}": owner for n, owner in enumerate(owners)})
    for language, expected in (("en", english), ("fr", french), ("ar", arabic)):
        assert expected in counts_of(driss, language)


@pytest.mark.usefixtures("told")
def test_cards_of_stories_read_no_owners(driss: Browser, newsroom: Database) -> None:
    own(newsroom, [PRESS, HOLDING], **{"source-0": "holding", "source-1": "press-house"})
    read: list[str] = []

    @event.listens_for(newsroom.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        read.append(statement)

    assert 'href="/stories/4"' in driss.get("/").text
    assert read
    assert [statement for statement in read if "FROM owners" in statement] == []
    driss.get("/stories/4")
    assert len([statement for statement in read if "FROM owners" in statement]) == 1


@pytest.mark.usefixtures("told")
def test_a_story_of_sources_without_owners_says_nothing_of_them(driss: Browser) -> None:
    assert "owner" not in counts_of(driss, "en")


def test_a_search_by_owner_and_for_one_that_nobody_knows(
    driss: Browser, newsroom: Database
) -> None:
    own(newsroom, [PRESS, HOLDING])
    page = driss.get("/search?q=owner:nobody&hl=en").text
    assert "There is no owner called nobody." in text_of(page)
    assert 'href="/owners"' in page
    assert "owner:" in driss.get("/search?hl=en").text
    assert "مالك:" in driss.get("/search?hl=ar").text


def test_programs_get_owners_and_entries_by_owner(driss: Browser, newsroom: Database) -> None:
    own(newsroom, [PRESS, HOLDING], kapitalis="holding")
    listed = driss.get("/api/v1/owners").json["owners"]
    assert [owner["slug"] for owner in listed] == ["holding", "press-house"]
    assert driss.get("/api/v1/owners/press-house").json == {
        "slug": "press-house",
        "name": {"ar": "دار press-house", "fr": "Maison press-house", "en": "House press-house"},
        "kind": "private",
        "parents": ["holding"],
        "source_url": "https://www.press.example/x",
        "sources": ["hespress"],
    }
    assert driss.get("/api/v1/owners/holding").json["sources"] == ["kapitalis", "hespress"]
    found = driss.get("/api/v1/entries?owner=holding").json["entries"]
    assert {entry["id"]: entry["source"]["owner"] for entry in found} == {
        3: "holding", 1: "press-house",
    }  # fmt: skip
    assert [s["id"] for s in driss.get("/api/v1/stories?owner=press-house").json["stories"]] == [1]
    for path in ("entries?owner=nobody", "stories?owner=nobody", "entries?q=a&owner=nobody"):
        answer = driss.get(f"/api/v1/{path}")
        assert (answer.status_code, "owner" in answer.json["error"]["message"]) == (400, True)
