"""What appears minute by minute, and the match that is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from aggregator.demo import articles, match
from aggregator.demo.articles import Article
from aggregator.demo.live import BEGINS, EVERY, KEPT, visible
from aggregator.demo.outlets import BY_SLUG

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def out_after(minutes: float) -> list[Article]:
    return list(visible(START, START + timedelta(minutes=minutes)))


def test_nothing_before_the_written_articles_are_all_out() -> None:
    last = max(article.published_at for article in articles.load(START))
    assert timedelta() < START + BEGINS - last <= 1.5 * EVERY
    assert list(visible(START, last)) == []


def test_an_entry_a_minute_for_more_than_an_hour() -> None:
    entries = out_after(80)
    gaps = {later.published_at - earlier.published_at for earlier, later in pairwise(entries)}
    assert len(entries) >= 60
    assert gaps == {EVERY}


def test_old_entries_leave_and_new_ones_go_on_after_days() -> None:
    entries = out_after(3 * 24 * 60)
    assert len(entries) == KEPT
    assert entries[-1].published_at > START + timedelta(days=3) - EVERY


def test_the_same_start_tells_the_same() -> None:
    assert out_after(50) == out_after(50)


def test_an_entry_never_changes_once_it_is_out() -> None:
    earlier = {entry.id: entry for entry in out_after(40)}
    later = {entry.id: entry for entry in out_after(60)}
    assert all(later[id_] == entry for id_, entry in earlier.items())


def test_headlines_are_new_but_for_reprints() -> None:
    entries = out_after(80)
    titles = [entry.title for entry in entries if entry.kind == "live"]
    assert len(set(titles)) == len(titles)


def test_every_outlet_that_works_takes_part() -> None:
    working = {slug for slug, outlet in BY_SLUG.items() if outlet.format != "broken"}
    # The radio and the papers abroad have nothing but their one story.
    working -= {"idaat-alamwaj", "le-fil-des-rives", "la-gazette-du-quai-sud"}
    assert {entry.source for entry in out_after(30)} == working


def test_a_reprint_says_what_the_dispatch_before_it_says() -> None:
    pairs = [pair for pair in pairwise(out_after(80)) if pair[1].kind == "reprint"]
    assert pairs
    for dispatch, reprint in pairs:
        assert dispatch.source == "wakalat-alboughaz"
        assert (reprint.title, reprint.body) == (dispatch.title, dispatch.body)
        assert reprint.event == dispatch.event


@pytest.mark.parametrize("start", range(0, 30 * match.CYCLE, match.CYCLE))
def test_a_match_only_ever_goes_forward(start: int) -> None:
    states = [match.state(start + minute) for minute in range(match.CYCLE)]
    for before, after in pairwise(states):
        assert after.minute >= before.minute
        assert after.goals[: len(before.goals)] == before.goals
    assert [state.phase for state in states[:1] + states[-1:]] == ["first", "over"]
    assert states[-1].home + states[-1].away == len(states[-1].goals)


def test_arabic_counts_take_the_noun_they_are_written_with() -> None:
    # 11 to 99 take the singular, 3 to 10 the plural: figures have to stay where the words are.
    for entry in visible(START, START + timedelta(hours=40)):
        words = entry.title.split()
        for number, noun in pairwise(words):
            if number.isdigit() and noun in ("سفينة", "دقيقة", "درجة"):
                assert 11 <= int(number) <= 99, entry.title
