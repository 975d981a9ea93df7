"""Who told a story, who first, who reprinted, who kept silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.process.stories.insights import (
    MAX_LEAD,
    SourceGroups,
    SourceSums,
    StoryInsight,
    Telling,
    has_kind,
    has_role,
    judge_stories,
    sum_stories,
)

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
STATE, PARTY, PRIVATE, FOREIGN, FOREIGN_STATE = range(1, 6)
GROUPS = SourceGroups(
    state=frozenset({STATE, FOREIGN_STATE}), abroad=frozenset({FOREIGN, FOREIGN_STATE})
)


def telling(
    source: int, minute: float = 0, language: str = "ar", copy_of: tuple[int, int] | None = None
) -> Telling:
    """An entry of story 1; `copy_of`: the entry that it copies, and its source."""
    number = 100 * source + int(minute)
    at = NOW + timedelta(minutes=minute)
    copied, by = copy_of or (None, None)
    return Telling(1, number, source, language, at, copied, by)


def judge(*tellings: Telling) -> StoryInsight:
    (story,) = judge_stories(tellings, GROUPS)
    return story


def test_a_story_of_one_source_says_nothing_of_others() -> None:
    assert judge_stories([telling(PRIVATE), telling(PRIVATE, 5, "fr")], GROUPS) == []


@pytest.mark.parametrize(
    ("tellings", "expected"),
    [
        ([(PRIVATE, "ar"), (PARTY, "ar")], {"arabic"}),
        ([(PRIVATE, "fr"), (PARTY, "fr")], {"french"}),
        ([(PRIVATE, "en"), (PARTY, "en")], set()),
        ([(PRIVATE, "ar"), (PARTY, "fr")], set()),
        ([(PRIVATE, "ar"), (PRIVATE, "fr"), (PARTY, "ar")], set()),
        ([(STATE, "ar"), (PRIVATE, "ar")], {"arabic"}),
        ([(STATE, "ar"), (FOREIGN_STATE, "fr")], {"state"}),
        ([(FOREIGN, "fr"), (FOREIGN_STATE, "fr")], {"french", "abroad"}),
        ([(FOREIGN, "en"), (STATE, "en")], set()),
    ],
)
def test_blind_spots_are_what_all_who_told_it_have_in_common(
    tellings: list[tuple[int, str]], expected: set[str]
) -> None:
    story = judge(*(telling(source, n, code) for n, (source, code) in enumerate(tellings)))
    assert story.blind_spots == expected
    assert has_kind(story, "shared")
    assert has_kind(story, "arabic") == ("arabic" in expected)


def test_the_first_is_the_earliest_published_whatever_arrived_first() -> None:
    story = judge(telling(STATE, 30), telling(PRIVATE, 12), telling(PARTY, 40), telling(STATE, 70))
    assert (story.first_source_id, story.second_source_id, story.lead) == (PRIVATE, STATE, 18)
    assert story.first_entry_id == 100 * PRIVATE + 12
    assert has_role(story, PRIVATE, "first")
    assert not has_role(story, STATE, "first")


def test_an_update_of_the_first_is_not_the_second() -> None:
    story = judge(telling(STATE), telling(STATE, 5), telling(PRIVATE, 60))
    assert (story.first_source_id, story.lead) == (STATE, 60)


def test_within_the_same_minute_nobody_was_first() -> None:
    story = judge(telling(STATE), telling(PRIVATE, 0.9))
    assert (story.first_source_id, story.lead) == (None, 0)
    assert sum_stories([story]).sources[STATE] == SourceSums(told=1)


def test_a_lead_of_months_is_kept_as_the_longest() -> None:
    assert judge(telling(STATE), telling(PRIVATE, 100_000)).lead == MAX_LEAD


def test_a_source_reprints_if_it_has_nothing_of_its_own() -> None:
    original = (100, STATE)
    story = judge(
        telling(STATE),
        telling(STATE, 1, copy_of=original),  # in another feed of the same source
        telling(PRIVATE, 2, copy_of=original),
        telling(PARTY, 3, copy_of=original),
        telling(PARTY, 4),
        telling(FOREIGN, 5, copy_of=(7, None)),  # type: ignore[arg-type]  # its original is gone
    )
    assert story.reprinted_by == {PRIVATE, FOREIGN}
    assert has_role(story, PRIVATE, "reprint")
    assert has_role(story, PARTY, "told")
    assert not has_role(story, PARTY, "reprint")


def test_the_earliest_published_copy_is_no_reprint_whatever_arrived_first() -> None:
    arrived_first = (100 * PRIVATE + 30, PRIVATE)
    story = judge(
        telling(PRIVATE, 30),
        telling(STATE, 0, copy_of=arrived_first),  # the agency whose feed was polled later
        telling(PARTY, 40, copy_of=arrived_first),
    )
    assert story.first_source_id == STATE
    assert story.reprinted_by == {PRIVATE, PARTY}


def test_copies_of_an_entry_outside_the_story_are_reprints_unless_of_the_same_source() -> None:
    elsewhere = (7, STATE)
    story = judge(
        telling(PRIVATE, 0, copy_of=elsewhere),
        telling(STATE, 5, copy_of=elsewhere),
        telling(PARTY, 9),
    )
    assert story.reprinted_by == {PRIVATE}


def test_sums_count_each_story_once_for_each_kind_and_source() -> None:
    one = judge(telling(STATE), telling(PRIVATE, 10, copy_of=(100, STATE)))
    other = judge(telling(PRIVATE, language="fr"), telling(STATE, 30, "fr"))
    third = judge(telling(STATE, language="fr"), telling(PARTY, 20))
    sums = sum_stories([one, other])
    sums.add(sum_stories([third]))
    assert sums.counts == {"shared": 3, "arabic": 1, "french": 1}
    assert sums.sources == {
        STATE: SourceSums(3, 2, 0, [10, 20]),
        PRIVATE: SourceSums(2, 1, 1, [30]),
        PARTY: SourceSums(1, 0, 0),
    }
    assert sums.sources[STATE].median_lead == 15
    assert sums.sources[STATE].share("first") == pytest.approx(2 / 3)
    assert sums.sources[PARTY].median_lead is SourceSums().share("told") is None
