"""Stories that an editor may want to make one with another: the nearest that stayed apart."""

from __future__ import annotations

from sqlalchemy.orm import Session

from aggregator.process.stories.clustering import LIKELY, Window, near, posted
from aggregator.process.stories.similarity import Told, stories_fit
from aggregator.services.reading.stories import OpenStory
from aggregator.storage.listing import stories
from aggregator.storage.stories import window as story_window
from aggregator.types import EntrySummary

MOST = 5
COMPARED = 8
"""Articles of a story that are compared with others: its last ones."""


def suggest(session: Session, story: OpenStory) -> tuple[tuple[int, EntrySummary], ...]:
    """(number, lead) of the stories of the last days that are most like `story`, the first first.

    Those that an editor took apart may be among them: another editor may think otherwise.
    """
    window = Window()
    ours = _told(session, window, [entry.id for entry in story.told])[-COMPARED:]
    if not ours:
        return ()
    terms = {each.id: posted(each) for each in ours}
    postings = story_window.load_postings(session, set().union(*terms.values()))
    met = {id_ for each in ours for id_ in near(each, terms[each.id], postings)}
    found = _told(session, window, sorted(met - {each.id for each in ours}))
    others: dict[int, list[Told]] = {}
    for each in found:
        number = window.story_of.get(each.id, each.id)
        if number != story.id and not each.serial:
            others.setdefault(number, []).append(each)
    fits = [(stories_fit(ours, theirs), number) for number, theirs in others.items()]
    best = [number for fit, number in sorted(fits, reverse=True) if fit >= LIKELY][:MOST]
    leads = stories.leads_of(session, best)
    return tuple((number, leads[number]) for number in best if number in leads)


def _told(session: Session, window: Window, ids: list[int]) -> list[Told]:
    """What is still known of these entries, in the order in which they arrived."""
    story_window.load_told(session, window, ids)
    return [window.told[id_] for id_ in sorted(ids) if id_ in window.told]
