"""What entries of the API reprint, and how much of it: compared once in a while."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.services.reading import reprints
from aggregator.types import EntrySummary
from web.request.database import read_session
from web.state import app_state


def attach_reprints(entries: Sequence[EntrySummary]) -> tuple[EntrySummary, ...]:
    """Return `entries` with `reprint_of` and `containment`, up to five minutes old."""
    return reprints.attach_reprints(read_session(), entries, app_state().caches.reprint_shares)
