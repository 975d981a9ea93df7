"""Stories in the languages of their reader, in lists, on their page and when followed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from aggregator.process.stories.front_page import FrontPlan
from aggregator.services.ingest import assign_stories
from aggregator.services.reading import following, my_news, stories
from aggregator.storage.engine import Database
from aggregator.types import EntryFilter, EntrySummary, UnplacedEntry, User
from tests.builders import NOW, make_entry, make_feed, make_source, make_user, store_entries
from tests.stories import FOUR

STORY = 1
SOURCES = ("wakala", "janoub", "atlas", "courrier")
FRENCH = EntryFilter(stories=True, headlines=("fr",))
MINE = EntryFilter(stories=True, following=True)

Arrive = Callable[..., int]


@pytest.fixture
def arrive(database: Database) -> Arrive:
    with database.write() as session:
        feeds = [
            make_feed(session, make_source(session, slug), f"https://{slug}.example/feed")
            for slug in SOURCES
        ]

    def store(number: int, **changes: object) -> int:
        entry = replace(FOUR[number], **changes)  # type: ignore[arg-type]  # fields of an entry
        with database.write_exclusive() as session:
            (id_,) = store_entries(session, feeds[number], entry)
            assign_stories.assign_stories(session, [UnplacedEntry(id_, entry.story)])
        return id_

    return store


@pytest.fixture
def amina(database: Database) -> User:
    with database.write() as session:
        return make_user(session)


@pytest.fixture
def told(arrive: Arrive) -> list[int]:
    """The story in Arabic by three sources (entries 1 to 3), in French by one (entry 4)."""
    return [arrive(number) for number in range(4)]


def only_card(database: Database, reader: User | None, chosen: EntryFilter) -> EntrySummary:
    with database.read() as session:
        (card,) = stories.list_stories(session, reader, chosen).entries
    return card


@pytest.mark.usefixtures("told")
def test_a_list_shows_the_first_language_that_the_story_has(database: Database) -> None:
    def language(*headlines: str) -> str:
        return only_card(database, None, replace(FRENCH, headlines=headlines)).language

    assert [language(), language("ar"), language("en"), language("en", "es")] == ["ar"] * 4
    assert [language("fr"), language("fr", "ar"), language("en", "fr", "ar")] == ["fr"] * 3
    card = only_card(database, None, replace(FRENCH, language="ar"))
    assert card.language == "ar", "a list in one language is in that language"


@pytest.mark.usefixtures("told")
def test_the_page_of_a_story_has_the_others_beside(database: Database) -> None:
    with database.read() as session:
        french = stories.get_story_view(session, None, STORY, languages=("en", "fr"))
        arabic = stories.get_story_view(session, None, STORY)
    assert [each.language for each in french.beside] == ["fr", "ar"]
    assert [each.language for each in arabic.beside] == ["ar", "fr"]
    assert (french.lead, arabic.lead) == (french.beside[0], arabic.beside[0])
    assert french.lead == arabic.beside[1]


def test_a_followed_story_keeps_its_name_until_it_is_opened(
    database: Database, arrive: Arrive, amina: User
) -> None:
    first = arrive(0)
    with database.write() as session:
        stories.follow(session, amina, first, True, NOW)
    arrive(3)  # in French: another language is no other name
    with database.read() as session:
        (kept,) = stories.list_followed(session, amina)
    assert (kept.name.title, kept.renamed) == (FOUR[0].title, False)
    arrive(1)  # a fuller text in Arabic takes the lead
    with database.read() as session:
        (kept,) = stories.list_followed(session, amina)
        opened = stories.get_story_view(session, amina, STORY, languages=("fr",))
    assert (kept.name.title, kept.name.language, kept.renamed) == (FOUR[0].title, "ar", True)
    assert kept.lead.title == FOUR[1].title
    assert (opened.lead.title, opened.former_title) == (FOUR[3].title, FOUR[0].title)
    with database.write() as session:
        stories.mark_seen(session, amina, opened)
    with database.read() as session:
        (told,) = stories.list_followed(session, amina)
        again = stories.get_story_view(session, amina, STORY, languages=("fr",))
    assert (told.name.title, told.name.direction, told.renamed) == (FOUR[3].title, "ltr", False)
    assert again.former_title == ""


@pytest.mark.usefixtures("told")
def test_a_story_is_followed_under_the_headline_that_was_shown(
    database: Database, amina: User
) -> None:
    with database.write() as session:
        stories.follow(session, amina, STORY, True, NOW, ("fr", "ar"))
    with database.read() as session:
        (followed,) = stories.list_followed(session, amina)
    assert (followed.name.title, followed.renamed) == (FOUR[3].title, False)


def follow(database: Database, reader: User, slugs: Sequence[str]) -> None:
    with database.write() as session:
        for slug in slugs:
            following.follow(session, reader, slug, NOW)


def test_my_news_have_a_story_once_with_who_of_mine_told_it(
    database: Database, told: list[int], amina: User
) -> None:
    follow(database, amina, ["wakala", "courrier"])
    arabic = only_card(database, amina, replace(MINE, headlines=("ar",)))
    assert arabic.story
    assert [source.slug for source in arabic.story.sources] == ["courrier", "wakala"]
    assert (arabic.story.source_count, arabic.story.shown_id) == (4, told[3])
    assert (arabic.source.slug, arabic.language) == ("wakala", "ar")
    french = only_card(database, amina, replace(MINE, headlines=("fr",)))
    assert (french.source.slug, french.language) == ("courrier", "fr")
    assert only_card(database, None, FRENCH).story != french.story


def test_the_headline_in_my_news_is_of_a_source_that_i_follow(
    database: Database, told: list[int], amina: User
) -> None:
    follow(database, amina, ["wakala"])
    for headlines in (("fr",), ("ar",), ()):
        card = only_card(database, amina, replace(MINE, headlines=headlines))
        assert (card.id, card.source.slug) == (told[0], "wakala")


def test_a_story_of_mine_is_read_once_all_that_mine_told_is(
    database: Database, told: list[int], amina: User
) -> None:
    follow(database, amina, ["wakala", "courrier"])
    assert not only_card(database, amina, MINE).read
    with database.write() as session:
        stories.marking.mark_entries(session, amina, [told[0], told[3]], True, NOW)
    assert only_card(database, amina, MINE).read
    assert not only_card(database, amina, EntryFilter(stories=True)).read


def test_my_news_open_with_what_leads_the_front_page_if_mine_told_it(
    database: Database, told: list[int], amina: User
) -> None:
    follow(database, amina, ["wakala", "courrier"])
    with database.write() as session:
        alone = make_entry(session, 1)
        elsewhere = make_entry(session, 2)
    # Planned by an article of a source that Amina does not follow.
    plan = FrontPlan(top=(elsewhere, told[1]), sections=(("society", (told[1], alone)),))
    with database.read() as session:
        news = my_news.open_my_news(session, amina, MINE, plan, NOW)
        assert [card.story.shown_id for card in news.top if card.story] == [told[3]]
        assert [each.id for section in news.sections for each in section.stories] == [alone]
        assert news.rest.entries == ()
    with database.write() as session:
        for slug in ("wakala", "courrier"):
            following.unfollow(session, amina, slug)
    with database.read() as session:
        nothing = my_news.open_my_news(session, amina, MINE, plan, NOW)
    assert (nothing.top, nothing.sections, nothing.listed.entries) == ((), (), ())


def test_a_headline_without_a_picture_gets_that_of_its_story(
    database: Database, arrive: Arrive
) -> None:
    for number in range(3):
        arrive(number, image_url=f"https://p.example/{number}.jpg")
    arrive(3, image_url=None)
    lead = only_card(database, None, FRENCH)
    own = only_card(database, None, replace(FRENCH, headlines=("ar",)))
    assert (lead.language, own.language) == ("fr", "ar")
    assert lead.image_url == own.image_url is not None
    with database.read() as session:
        opened = stories.get_story_view(session, None, STORY, languages=("fr",))
    assert opened.lead.language == "fr"
    assert opened.lead.image_url == own.image_url
