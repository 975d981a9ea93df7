"""What counts for and against two entries or stories: size, names, figures."""

import math
from datetime import UTC, datetime

import pytest

from aggregator.process.stories.similarity import (
    LARGE_STORY,
    NAME_DISAGREEMENT,
    StoryVector,
    merge_similarity,
    story_similarity,
)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
WORDS = {2: math.sqrt(0.5), 4: math.sqrt(0.5)}
TIZRANE, AGHBALA, FIGURE, OTHER_FIGURE, RIVER = 10, 20, 31, 33, 40


def _entry(id_, *, names=(), figures=(), brief=False, mentions=()):
    anchors = dict.fromkeys([*names, *figures, *mentions, RIVER], 0.4)
    return StoryVector(
        id_, id_, "ar", NOW, WORDS, anchors, frozenset(figures), frozenset(names), frozenset(),
        0, 0, 0, False, brief,
    )  # fmt: skip


def _fit(entry, *members, size=1):
    return story_similarity(entry, members, size)


def test_a_large_story_takes_more_and_ever_more_similarity():
    entry, member = _entry(1), _entry(2)
    small = _fit(entry, member, size=LARGE_STORY)
    assert small == _fit(entry, member)
    fits = [_fit(entry, member, size=size) for size in (6, 12, 48, 400)]
    assert fits == sorted(fits, reverse=True)
    assert fits[1] == pytest.approx(small / 1.15)
    merged = [merge_similarity([entry], [member], size) for size in (6, 12)]
    assert merged[1] == pytest.approx(merged[0] / 1.15)


def test_a_story_of_headlines_grows_unhindered():
    entry, member = _entry(1, brief=True), _entry(2, brief=True)
    assert _fit(entry, member, size=400) == _fit(entry, member)


def test_entries_that_name_different_places_fit_less():
    ours, theirs = _entry(1, names=[TIZRANE]), _entry(2, names=[AGHBALA])
    assert _fit(ours, theirs) == pytest.approx(_fit(_entry(1), theirs) * (1 - NAME_DISAGREEMENT))


@pytest.mark.parametrize(
    "other",
    [
        _entry(2, names=[TIZRANE]),
        _entry(2),
        _entry(2, names=[AGHBALA], mentions=[TIZRANE]),
    ],
    ids=["the same place", "no name", "another that mentions the place"],
)
def test_names_count_only_against_entries_that_both_lack_them(other):
    assert _fit(_entry(1, names=[TIZRANE]), other) == _fit(_entry(1), _entry(2))


def test_a_shared_figure_outweighs_names():
    ours = _entry(1, names=[TIZRANE], figures=[FIGURE])
    theirs = _entry(2, names=[AGHBALA], figures=[FIGURE, OTHER_FIGURE])
    assert _fit(ours, theirs) == _fit(_entry(1), _entry(2))
