"""A story in the newsroom, and how more is told of it."""

from __future__ import annotations

import pytest

from aggregator.storage.engine import Database
from tests.stories import FOUR
from tests.web.pages.telling import tell


@pytest.fixture
def told(newsroom: Database) -> None:
    """One event, story 4, told by four sources that come after those of the newsroom."""
    for number, entry in enumerate(FOUR):
        tell(
            newsroom, entry, f"source-{number}", name=f"جريدة {number}", position=9 + number,
            language=entry.language, ownership="public" if number == 0 else None,
        )  # fmt: skip
