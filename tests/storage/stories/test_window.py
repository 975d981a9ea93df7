"""The window of recent entries, as later batches read it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.process.analysis.story_features import story_features
from aggregator.process.stories.clustering import StoryWindow
from aggregator.process.stories.similarity import story_vector
from aggregator.storage.engine import Database
from aggregator.storage.stories import window as story_window
from tests.builders import NOW, an_entry, make_feed, make_source, store_entries


def test_an_entry_is_read_with_its_names_and_anchors(database: Database) -> None:
    with database.write() as session:
        feed = make_feed(session, make_source(session, "atlas"), "https://atlas.example/feed")
        (entry_id,) = store_entries(session, feed, an_entry("x"))
        written = StoryWindow()
        features = story_features("حادثة سير قرب أغبالة", "قال إدريس التازي إن 37 راكبا نجوا.")
        vector = story_vector(
            entry_id, 1, "ar", NOW - timedelta(hours=1), features, written.frequencies
        )
        assert vector.names
        story_window.save(session, written, [vector], [])
    with database.read() as session:
        window = StoryWindow()
        story_window.load_vectors(session, window, [entry_id])
    found = window.vectors[entry_id]
    assert found.names == vector.names
    assert found.figures == vector.figures
    assert found.anchors == pytest.approx(vector.anchors, abs=1e-4)
