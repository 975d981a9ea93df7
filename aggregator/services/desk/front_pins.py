"""Editors put stories at the top of the front page for some hours."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from aggregator.errors import InvalidInput
from aggregator.storage.listing.stories import find_story_id
from aggregator.storage.stories import front_pins
from aggregator.types import StoryPin, User

log = logging.getLogger("marsad.desk")

# Hours for which a story can be pinned, as a form offers them.
PIN_HOURS = (2, 6, 12, 24, 48)
LONGEST_PIN = timedelta(hours=PIN_HOURS[-1])


def find_pin(session: Session, story_id: int, now: datetime) -> StoryPin | None:
    """The pin of a story; None if it has none."""
    found = (pin for pin in front_pins.pins(session, now) if pin.story_id == story_id)
    return next(found, None)


def pin(
    session: Session, editor: User, story_id: int, until: datetime, now: datetime
) -> StoryPin | None:
    """Pin a story, or change how long it stays; returns the pin that it had.

    Raises NotFound, InvalidInput.
    """
    if not now < until <= now + LONGEST_PIN:
        raise InvalidInput("error.bad_request", "until: a time within the next two days")
    id_ = find_story_id(session, story_id)
    before = find_pin(session, id_, now)
    front_pins.pin(session, StoryPin(id_, editor.name, now, until))
    log.info("%s pinned story %d to the front page until %s", editor.name, id_, until)
    return before


def unpin(session: Session, editor: User, story_id: int, now: datetime) -> StoryPin | None:
    """Unpin a story; returns the pin that it had. Raises NotFound."""
    id_ = find_story_id(session, story_id)
    before = find_pin(session, id_, now)
    front_pins.unpin(session, id_)
    log.info("%s unpinned story %d from the front page", editor.name, id_)
    return before
