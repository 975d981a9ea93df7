"""Stories in the database: made as entries arrive, merged, taken apart, kept small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from aggregator.process.analysis.story_features import story_features
from aggregator.process.stories.clustering import StoryWindow
from aggregator.process.stories.similarity import StoryVector, story_vector
from aggregator.services.desk import stories as desk
from aggregator.services.ingest import assign_stories, store
from aggregator.services.ingest.assign_stories import StoryPlan
from aggregator.services.ingest.left_out import assign_left_out
from aggregator.services.ingest.read_feed import PollResult
from aggregator.services.operate.retention import delete_old_entries
from aggregator.storage.engine import Database
from aggregator.storage.models import (
    Entry,
    StoryEntry,
    StoryPosting,
    StoryRedirect,
    StoryRow,
    StoryVectorRow,
)
from aggregator.storage.stories import window
from aggregator.storage.stories import write as stories
from aggregator.storage.stories.window import WindowCache
from aggregator.types import PreparedEntry, UnplacedEntry, User
from tests.builders import NOW, a_document, claim_feed, make_feed, make_source, store_entries
from tests.stories import DISPATCH, ELSEWHERE, FOUR, FRENCH, OWN, told


@pytest.fixture
def feeds(database: Database) -> list[int]:
    with database.write() as session:
        return [
            make_feed(session, make_source(session, slug), f"https://{slug}.example/feed")
            for slug in ("wakala", "janoub", "atlas", "courrier")
        ]


def arrive(database: Database, feed_id: int, *entries: PreparedEntry) -> list[int]:
    with database.write_exclusive() as session:
        ids = store_entries(session, feed_id, *entries)
        assign_stories.assign_stories(
            session,
            [UnplacedEntry(id_, entry.story) for id_, entry in zip(ids, entries, strict=True)],
        )
    return ids


def tell_all(database: Database, feeds: Sequence[int]) -> list[int]:
    return [arrive(database, feed, entry)[0] for feed, entry in zip(feeds, FOUR, strict=True)]


def homes(database: Database, ids: Sequence[int]) -> list[int]:
    with database.read() as session:
        found = stories.stories_of(session, ids)
    return [found[id_] for id_ in ids]


def summary(database: Database, story: int) -> StoryRow | None:
    with database.read() as session:
        return session.get(StoryRow, story)


def test_one_event_told_by_four_is_one_story_with_its_reprint_and_agency(database, feeds):
    ids = tell_all(database, feeds)
    assert homes(database, ids) == [ids[0]] * 4
    story = summary(database, ids[0])
    assert story is not None
    assert (story.entry_count, story.source_count, story.languages) == (4, 4, "ar fr")
    assert (story.lead_id, story.shown_id) == (ids[1], ids[3])
    with database.read() as session:
        rows = session.execute(select(StoryEntry).order_by(StoryEntry.entry_id)).scalars().all()
    assert [row.reprint_of for row in rows] == [None, None, ids[0], None]
    assert rows[0].agency == "MAP"
    assert [row.folded for row in rows] == [True, True, True, False]


def test_an_exact_copy_belongs_to_the_story_of_its_first_and_does_not_move_it(database, feeds):
    (first,) = arrive(database, feeds[0], told("خبر", OWN, 90))
    (copy,) = arrive(database, feeds[1], told("خبر آخر", OWN, 10))
    assert homes(database, [copy]) == [first]
    story = summary(database, first)
    assert story is not None
    assert (story.entry_count, story.shown_id) == (2, first)


def test_what_happens_once_needs_no_row(database, feeds):
    ids = arrive(database, feeds[0], told("متحف للخزف بتامنت", ELSEWHERE), told("فاجعة", OWN))
    assert homes(database, ids) == ids
    with database.read() as session:
        assert session.execute(select(func.count()).select_from(StoryEntry)).scalar_one() == 0


def test_entries_of_one_transaction_find_each_other_and_polling_again_changes_nothing(
    database, feeds
):
    with database.write_exclusive() as session:
        placed = []
        for feed_id, entry in zip(feeds, FOUR, strict=True):
            placed += [
                UnplacedEntry(id_, entry.story) for id_ in store_entries(session, feed_id, entry)
            ]
        assign_stories.assign_stories(session, placed)
    ids = [each.id for each in placed]
    assert set(homes(database, ids)) == {ids[0]}
    assert assign_stories.assign_unplaced(database, NOW) == 0
    assert set(homes(database, ids)) == {ids[0]}


def test_a_poll_stores_entries_with_their_stories_and_keeps_them_if_placing_fails(
    database, feeds, monkeypatch, caplog
):
    with database.write() as session:
        polled = [claim_feed(session, feed_id) for feed_id in feeds[:2]]
    readings = [
        PollResult(feed, NOW, document=a_document(entry))
        for feed, entry in zip(polled, FOUR, strict=False)
    ]
    policy = store.PollPolicy(timedelta(minutes=5), timedelta(hours=4))
    monkeypatch.setattr(store, "assign_arrived", lambda *_: 1 / 0)
    assert [outcome.new for outcome in store.store(database, readings, policy)] == [1, 1]
    assert "placing 2 entries" in caplog.text
    assert assign_stories.assign_unplaced(database, NOW) == 2
    with database.read() as session:
        assert session.execute(select(StoryRow.entry_count)).scalars().all() == [2]


def test_merged_numbers_lead_on_and_what_was_taken_apart_stays_apart(database, feeds):
    ids = tell_all(database, feeds)
    (other,) = arrive(database, feeds[0], told("متحف للخزف بتامنت", ELSEWHERE))
    with database.write_exclusive() as session:
        new = stories.split_story(session, ids[0], [ids[1], ids[2]], "Brahim", NOW)
        stories.merge_stories(session, other, new)
        stories.refresh(session, [other])
    assert homes(database, ids) == [ids[0], other, other, ids[0]]
    with database.read() as session:
        assert stories.current_id(session, new) == other
        pairs = session.execute(select(stories.ForbiddenMerge)).scalars().all()
    assert [(pair.one_id, pair.other_id, pair.editor) for pair in pairs] == [
        (ids[0], other, "Brahim")
    ]
    late = told("أغبالة تشيع ضحايا الحادثة: أربعة قتلى و23 جريحا", OWN[:150] + FRENCH[:20], 5)
    arrive(database, feeds[3], late)
    assert homes(database, ids)[0] != homes(database, ids)[1]


def test_taking_out_the_first_leaves_it_the_number(database, feeds):
    ids = tell_all(database, feeds)
    with database.write_exclusive() as session:
        assert stories.split_story(session, ids[0], [ids[0]], "Brahim", NOW) == ids[1]
    assert homes(database, ids) == [ids[0], ids[1], ids[1], ids[1]]
    assert summary(database, ids[0]) is None


def test_retention_takes_entries_out_of_their_stories(database, feeds):
    old, kept = (
        told("مصرع أربعة أشخاص في حادثة سير قرب أغبالة", DISPATCH, 3000),
        told("فاجعة أغبالة.. حافلة تصطدم بشاحنة رمال", OWN, 2990),
    )
    ids = [
        arrive(database, feed, entry)[0] for feed, entry in zip(feeds, (old, kept), strict=False)
    ]
    assert summary(database, ids[0]) is not None
    assert delete_old_entries(database, timedelta(minutes=2995), NOW) == 1
    assert summary(database, ids[0]) is None
    assert homes(database, [ids[1]]) == [ids[0]]


def test_an_older_database_gets_the_stories_of_its_last_days(database, feeds):
    with database.write_exclusive() as session:
        for feed_id, entry in zip(feeds, FOUR, strict=True):
            store_entries(session, feed_id, entry)
        store_entries(session, feeds[0], told("قديم", ELSEWHERE, 60 * 24 * 9))
    assert assign_stories.assign_unplaced_daily(database, NOW) == 4
    assert assign_stories.assign_unplaced_daily(database, NOW) is None
    with database.read() as session:
        assert session.execute(select(StoryRow.entry_count)).scalars().all() == [4]


def test_what_is_over_is_no_longer_compared_with(database, feeds):
    tell_all(database, feeds)
    assert assign_stories.assign_unplaced_daily(database, NOW + timedelta(days=9)) == 0
    with database.read() as session:
        assert session.execute(select(func.count()).select_from(StoryVectorRow)).scalar_one() == 0
        assert session.execute(select(func.count()).select_from(StoryPosting)).scalar_one() == 0
        assert session.execute(select(func.count()).select_from(StoryRedirect)).scalar_one() == 0
        assert session.execute(select(func.count()).select_from(StoryRow)).scalar_one() == 1


# --- found without the lock, written in short transactions ---------------------------------------


def unplaced_entries(database: Database, feeds: Sequence[int]) -> list[UnplacedEntry]:
    """The four, stored but not assigned to stories."""
    with database.write_exclusive() as session:
        return [
            UnplacedEntry(id_, entry.story, entry.words.text)
            for feed_id, entry in zip(feeds, FOUR, strict=True)
            for id_ in store_entries(session, feed_id, entry)
        ]


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> list[StoryPlan]:
    """Let `change` happen once, after stories were found and before they are written."""
    plans: list[StoryPlan] = []
    real = assign_stories.plan_stories

    def plan(*arguments: Any) -> StoryPlan:
        plans.append(real(*arguments))
        if len(plans) == 1:
            change()
        return plans[-1]

    monkeypatch.setattr(assign_stories, "plan_stories", plan)
    return plans


def test_two_pollers_make_one_story_of_one_event(database, feeds, monkeypatch):
    first, *others = unplaced_entries(database, feeds)

    def other_poller() -> None:
        with database.write_exclusive() as session:
            found = plan_of(session, others)
            assign_stories.write_stories(session, found)

    plan_of = assign_stories.plan_stories
    plans = meanwhile(monkeypatch, other_poller)
    assign_stories.assign_arrived(database, [first])
    assert [len(plan.rows) for plan in plans] == [1, 1]
    assert plans[0].version != plans[1].version
    assert len(set(homes(database, [first.id, *(each.id for each in others)]))) == 1
    with database.read() as session:
        assert session.execute(select(StoryRow.entry_count)).scalars().all() == [4]


def test_a_first_story_is_made_once_by_two_pollers(database, feeds, monkeypatch):
    arrived = unplaced_entries(database, feeds)
    with database.read() as session:
        stale = assign_stories.plan_stories(session, arrived[:2])
    assert stale.version is None
    assign_stories.assign_arrived(database, arrived[2:])
    with (
        pytest.raises(assign_stories.StalePlan),
        database.write_exclusive() as session,
    ):
        assign_stories.write_stories(session, stale)


def test_stories_that_an_editor_separates_meanwhile_are_not_merged(database, feeds, monkeypatch):
    ids = tell_all(database, feeds)
    late = told("أغبالة تشيع ضحايا الحادثة: أربعة قتلى و23 جريحا", OWN[:150] + FRENCH[:20], 5)
    with database.write_exclusive() as session:
        (late_id,) = store_entries(session, feeds[3], late)
    editor = User(1, "Brahim", "editor")

    def separate() -> None:
        with database.write_exclusive() as session:
            desk.split(session, editor, ids[0], [ids[1], ids[2]], NOW)

    plans = meanwhile(monkeypatch, separate)
    assign_stories.assign_arrived(database, [UnplacedEntry(late_id, late.story)])
    assert len(plans) == 2
    assert homes(database, ids) == [ids[0], ids[1], ids[1], ids[0]]


def test_an_entry_that_is_deleted_meanwhile_costs_the_others_nothing(database, feeds, monkeypatch):
    arrived = unplaced_entries(database, feeds)

    def delete_first() -> None:
        with database.write_exclusive() as session:
            session.delete(session.get_one(Entry, arrived[0].id))

    meanwhile(monkeypatch, delete_first)
    assign_stories.assign_arrived(database, arrived)
    ids = [each.id for each in arrived[1:]]
    assert set(homes(database, ids)) == {ids[0]}


def test_a_duplicate_that_came_before_its_original_follows_it_into_its_story(database, feeds):
    (told_first,) = arrive(database, feeds[0], FOUR[0])
    with database.write_exclusive() as session:
        (original,) = store_entries(session, feeds[1], FOUR[1])
        (copy,) = store_entries(session, feeds[2], told(FOUR[1].title, OWN, 75))
        session.execute(update(Entry).where(Entry.id == copy).values(duplicate_of=original))
    assign_stories.assign_arrived(database, [UnplacedEntry(copy, FOUR[1].story)])
    assert homes(database, [original, copy]) == [original, original]
    assign_stories.assign_arrived(database, [UnplacedEntry(original, FOUR[1].story)])
    assert homes(database, [original, copy]) == [told_first, told_first]
    assert summary(database, original) is None


def test_what_a_killed_poller_left_without_stories_is_found_at_the_next_start(database, feeds):
    arrived = unplaced_entries(database, feeds)
    ids = [each.id for each in arrived]
    assign_left_out(database, NOW)
    assert assign_stories.assign_latest(database, ids, NOW) == 0
    assert len(set(homes(database, [each.id for each in arrived]))) == 1


def test_no_transaction_assigns_more_than_a_few_entries(database, feeds, monkeypatch):
    sizes: list[int] = []
    real = assign_stories.write_stories

    def write(session: Session, plan: StoryPlan) -> None:
        sizes.append(len(plan.new))
        real(session, plan)

    monkeypatch.setattr(assign_stories, "write_stories", write)
    many = [told(f"{number} {FOUR[number % 4].title}", ELSEWHERE) for number in range(60)]
    with database.write_exclusive() as session:
        ids = store_entries(session, feeds[0], *many)
    arrived = [UnplacedEntry(id_, entry.story) for id_, entry in zip(ids, many, strict=True)]
    assign_stories.assign_arrived(database, arrived)
    assert sum(sizes) == 60
    assert max(sizes) <= assign_stories.MAX_PLACED


def test_a_window_in_memory_finds_what_one_from_the_database_does(database, feeds):
    cache = WindowCache()
    arrived = unplaced_entries(database, feeds)
    for each in arrived:
        assign_stories.assign_arrived(database, [each], cache)
        assert each.id in cache.vectors
    assert set(homes(database, [each.id for each in arrived])) == {arrived[0].id}


def test_a_window_in_memory_is_forgotten_when_another_process_changes_stories(database, feeds):
    cache = WindowCache()
    first, *others = unplaced_entries(database, feeds)
    assign_stories.assign_arrived(database, [first], cache)
    assign_stories.assign_arrived(database, others[:1])
    with database.read() as session:
        frequencies, version = window.load_frequencies(session, cache)
    assert (frequencies.articles, version) == (2, 2)
    assert not cache.vectors


def test_a_window_in_memory_stays_small(monkeypatch):
    monkeypatch.setattr(window, "MAX_CACHED", 3)
    cache = WindowCache()
    for version, ids in enumerate([(1, 2), (3, 1), (4, 5)]):
        vectors = dict.fromkeys(ids, story_vector_of("أ"))
        cache.keep(StoryWindow(vectors=vectors), version)
    assert list(cache.vectors) == [1, 4, 5]  # the least recently used go first


def story_vector_of(title: str) -> StoryVector:
    """Some vector."""
    features = story_features(title, "")
    return story_vector(1, 1, "ar", NOW, features, StoryWindow().frequencies)
