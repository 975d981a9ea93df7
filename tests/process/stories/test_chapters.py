"""Where a long story is divided into chapters."""

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.process.stories.chapters import (
    MAX_UNDIVIDED,
    MIN_CHAPTER,
    chapter_article,
    chapter_starts,
)

BEGAN = datetime(2026, 11, 30, 8, tzinfo=UTC)
ATTACK, FUNERAL, INQUIRY = "تفجير يهز محطة المدينة", "آلاف يشيعون الضحايا", "توقيف مشتبه فيهما"


def _articles(*runs):
    """Articles ten minutes apart, after a pause where a run gives hours."""
    at, found = BEGAN, []
    for title, count, pause in runs:
        at += timedelta(hours=pause)
        for _ in range(count):
            at += timedelta(minutes=10)
            found.append(chapter_article(at, title))
    return found


def test_a_short_story_is_one_chapter():
    assert chapter_starts(_articles((ATTACK, MAX_UNDIVIDED, 0))) == [0]
    assert len(chapter_starts(_articles((ATTACK, MAX_UNDIVIDED + 1, 0)))) == 2


def test_chapters_begin_where_the_words_of_headlines_change():
    articles = _articles((ATTACK, 7, 0), (INQUIRY, 10, 0), (FUNERAL, 6, 0))
    assert chapter_starts(articles) == [0, 7, 17]


def test_chapters_begin_after_a_pause_though_the_words_stay():
    assert chapter_starts(_articles((ATTACK, 5, 0), (ATTACK, 9, 10))) == [0, 5]


@pytest.mark.parametrize("count", [13, 126, 519, 2000])
def test_no_chapter_is_a_long_list_and_their_list_is_not_long_either(count):
    starts = chapter_starts(_articles((ATTACK, count, 0)))
    sizes = [end - start for start, end in zip(starts, [*starts[1:], count], strict=True)]
    assert starts == sorted(starts)
    assert sum(sizes) == count
    assert min(sizes) >= MIN_CHAPTER
    assert max(sizes) <= max(MAX_UNDIVIDED, count**0.5)
    assert len(sizes) <= max(24, 2 * count**0.5)


def test_articles_of_one_second_without_headlines_are_divided_too():
    articles = [chapter_article(BEGAN, "")] * 40
    assert len(chapter_starts(articles)) >= 4
