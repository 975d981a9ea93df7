"""Stories that an editor may want to make one with another: the nearest that stayed apart."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aggregator.process.stories.clustering import (
    CANDIDATE_THRESHOLD,
    StoryWindow,
    find_candidates,
    index_terms,
)
from aggregator.process.stories.similarity import StoryVector, merge_similarity
from aggregator.services.reading.stories import StoryView
from aggregator.storage.listing import stories
from aggregator.storage.stories import window as story_window
from aggregator.types import EntrySummary

MAX_SUGGESTIONS = 5
MAX_COMPARED_ENTRIES = 8
"""Articles of a story that are compared with others: its last ones."""


def suggest_merges(session: Session, story: StoryView) -> tuple[tuple[int, EntrySummary], ...]:
    """(number, lead) of the stories of the last days that are most like `story`, the first first.

    Those that an editor took apart may be among them: another editor may think otherwise.
    """
    window = StoryWindow()
    ours = _load_vectors(session, window, [entry.id for entry in story.told])[
        -MAX_COMPARED_ENTRIES:
    ]
    if not ours:
        return ()
    terms = {each.id: index_terms(each) for each in ours}
    postings = story_window.load_postings(session, set().union(*terms.values()))
    met = {id_ for each in ours for id_ in find_candidates(each, terms[each.id], postings)}
    found = _load_vectors(session, window, sorted(met - {each.id for each in ours}))
    others: dict[int, list[StoryVector]] = {}
    for each in found:
        number = window.story_of.get(each.id, each.id)
        if number != story.id and not each.serial:
            others.setdefault(number, []).append(each)
    fits = [(merge_similarity(ours, theirs), number) for number, theirs in others.items()]
    best = [number for fit, number in sorted(fits, reverse=True) if fit >= CANDIDATE_THRESHOLD][
        :MAX_SUGGESTIONS
    ]
    leads = stories.leads_of(session, best)
    return tuple((number, leads[number]) for number in best if number in leads)


def _load_vectors(session: Session, window: StoryWindow, ids: list[int]) -> list[StoryVector]:
    """What is still known of these entries, in the order in which they arrived."""
    story_window.load_vectors(session, window, ids)
    return [window.vectors[id_] for id_ in sorted(ids) if id_ in window.vectors]
