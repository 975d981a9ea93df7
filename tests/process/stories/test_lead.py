from datetime import UTC, datetime, timedelta

from aggregator.process.stories.lead import (
    StoryMember,
    choose_lead,
    choose_listed_member,
    languages_of,
)

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def a_member(
    id_: int, words: int = 100, hours: float | None = None, **values: object
) -> StoryMember:
    at = NOW + timedelta(hours=id_ if hours is None else hours)
    chosen = {"language": "ar", "duplicate_of": None, "is_reprint": False} | values
    return StoryMember(id=id_, source=id_, word_count=words, at=at, **chosen)  # type: ignore[arg-type]


def test_the_fullest_text_of_its_own_leads_in_the_language_of_most():
    members = [
        a_member(1, 200),
        a_member(2, 900, is_reprint=True),
        a_member(3, 300),
        a_member(4, 800, language="fr"),
    ]
    assert choose_lead(members).id == 3
    assert languages_of(members) == ["ar", "fr"]


def test_of_copies_the_one_that_was_published_first_leads_and_none_moves_the_story():
    members = [a_member(1, hours=5), a_member(2, hours=2, duplicate_of=1, is_reprint=True)]
    assert choose_lead(members).id == 2
    assert choose_listed_member(members).id == 1


def test_a_reprint_leads_where_there_is_nothing_else():
    assert choose_lead([a_member(2, is_reprint=True)]).id == 2
