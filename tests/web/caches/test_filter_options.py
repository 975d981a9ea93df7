"""What lists can be narrowed to: known for half a minute."""

from __future__ import annotations

import pytest

from aggregator.storage.engine import Database
from tests.builders import make_entry, make_feed, make_source
from tests.web.browser import Browser


def test_they_are_looked_up_twice_a_minute(
    driss: Browser, newsroom: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.caches.ttl.time.monotonic", lambda: now)
    now = 100.0
    assert '<option value="lemonde-dz"' not in driss.get("/").text
    with newsroom.write() as session:
        source = make_source(session, "lemonde-dz", country="DZ")
        make_entry(session, make_feed(session, source, "https://d.example/feed"), "خبر")
    now = 129.0
    assert '<option value="lemonde-dz"' not in driss.get("/").text
    now = 131.0
    page = driss.get("/?source=lemonde-dz").text
    assert '<option value="lemonde-dz" selected>' in page
    assert '<option value="DZ">' in page
