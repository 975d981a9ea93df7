from datetime import UTC, datetime, timedelta

from aggregator.process.stories.digest import (
    MAX_EARLIEST_SOURCES,
    MAX_JOIN_TIMES,
    MAX_LATEST,
    StoryMember,
    digest_of,
)

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def a_member(
    id_: int, words: int = 100, hours: float | None = None, **values: object
) -> StoryMember:
    at = NOW + timedelta(hours=id_ if hours is None else hours)
    chosen = {"source": id_, "language": "ar", "duplicate_of": None, "is_reprint": False} | values
    return StoryMember(id=id_, word_count=words, at=at, **chosen)  # type: ignore[arg-type]


def test_the_fullest_text_of_its_own_leads_in_the_language_of_most():
    digest = digest_of(
        [
            a_member(1, 200),
            a_member(2, 900, is_reprint=True),
            a_member(3, 300),
            a_member(4, 800, language="fr"),
        ]
    )
    assert digest.lead_id == 3
    assert digest.ordered_languages == ["ar", "fr"]
    assert digest.languages["fr"].lead_id == 4


def test_of_languages_with_as_many_texts_the_earlier_leads():
    digest = digest_of([a_member(1, 100, language="fr"), a_member(2, 800)])
    assert digest.lead_id == 1
    assert digest.ordered_languages == ["fr", "ar"]


def test_of_copies_the_one_that_was_published_first_leads_and_none_moves_the_story():
    digest = digest_of(
        [a_member(1, hours=5), a_member(2, hours=2, duplicate_of=1, is_reprint=True)]
    )
    assert digest.lead_id == 2
    assert digest.shown.shown_id == 1
    assert digest.first_at == NOW + timedelta(hours=2)
    copies = [digest.sources[source, "ar"].shown_id for source in (1, 2)]
    assert copies == [1, None]


def test_a_reprint_leads_until_a_source_writes_its_own_text():
    members = [a_member(1, 500, is_reprint=True), a_member(2, 700, is_reprint=True)]
    assert digest_of(members).lead_id == 2
    assert digest_of([*members, a_member(3, 90)]).lead_id == 3


def test_a_source_joins_once_and_only_the_last_and_first_are_kept():
    members = [a_member(id_, source=id_ // 2) for id_ in range(2, 202)]
    digest = digest_of([*members, a_member(202, hours=-9, source=500)])
    assert (digest.entry_count, digest.source_count) == (201, 101)
    assert [source for _, source in digest.earliest] == [500, *range(1, MAX_EARLIEST_SOURCES)]
    assert digest.joined[-1] == NOW + timedelta(hours=200)
    assert len(digest.joined) == MAX_JOIN_TIMES
    assert [id_ for id_, _ in digest.latest] == list(range(203 - MAX_LATEST, 203))
    assert digest.newest_id == 202


def test_the_first_agency_that_is_named_stays():
    members = [a_member(1), a_member(2, agency="MAP"), a_member(3, agency="AFP")]
    assert digest_of(members).agency == "MAP"
