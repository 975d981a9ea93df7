"""Stories that an editor may want to merge: the most similar ones that stayed separate."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.orm import Session

from aggregator.process.stories.clustering import (
    CANDIDATE_THRESHOLD,
    StoryWindow,
    find_candidates,
    index_terms,
)
from aggregator.process.stories.similarity import StoryVector, merge_similarity
from aggregator.storage.listing import stories
from aggregator.storage.stories import window as story_window
from aggregator.types import EntrySummary

MAX_SUGGESTIONS = 5
# Entries of the story that are compared with others: its latest.
MAX_COMPARED_ENTRIES = 8


def suggest_merges(
    session: Session, story_id: int, entry_ids: Collection[int]
) -> tuple[tuple[int, EntrySummary], ...]:
    """(story id, lead) of the recent stories most like a story of these entries, the best first.

    Stories that an editor separated from it may be among them: another editor may disagree.
    """
    window = StoryWindow()
    ours = _load_vectors(session, window, entry_ids)[-MAX_COMPARED_ENTRIES:]
    if not ours:
        return ()
    terms = {each.id: index_terms(each) for each in ours}
    postings = story_window.load_postings(session, set().union(*terms.values()))
    met = {id_ for each in ours for id_ in find_candidates(each, terms[each.id], postings)}
    found = _load_vectors(session, window, sorted(met - {each.id for each in ours}))
    others: dict[int, list[StoryVector]] = {}
    for each in found:
        number = window.story_of.get(each.id, each.id)
        if number != story_id and not each.serial:
            others.setdefault(number, []).append(each)
    fits = [
        (merge_similarity(ours, theirs, len(ours) + len(theirs)), number)
        for number, theirs in others.items()
    ]
    best = [number for fit, number in sorted(fits, reverse=True) if fit >= CANDIDATE_THRESHOLD][
        :MAX_SUGGESTIONS
    ]
    leads = stories.leads_of(session, best)
    return tuple((number, leads[number]) for number in best if number in leads)


def _load_vectors(session: Session, window: StoryWindow, ids: Collection[int]) -> list[StoryVector]:
    """The vectors still stored of these entries, in the order of arrival."""
    story_window.load_vectors(session, window, ids)
    return [window.vectors[id_] for id_ in sorted(ids) if id_ in window.vectors]
