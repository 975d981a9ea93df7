"""What web processes share: here two applications with one folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from aggregator.errors import TooManyRequests
from aggregator.runtime.listening import SHARED_FOLDER_VARIABLE
from aggregator.storage.engine import Database
from tests.builders import make_entry
from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from web.caches import ttl
from web.caches.shared import SharedValues, open_shared
from web.caches.ttl import TtlCache
from web.request.search_share import BURST_S, Shares
from web.state import state_of


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, in seconds, as its only element."""
    time = [100.0]
    monkeypatch.setattr("web.caches.ttl.time.monotonic", lambda: time[0])
    return time


@pytest.fixture
def two(tmp_path: Path, clock: list[float]) -> tuple[TtlCache[str, object], ...]:
    return tuple(TtlCache(30, 2, "front", SharedValues(tmp_path)) for _ in range(2))


Two = tuple[TtlCache[str, object], TtlCache[str, object]]


def test_a_value_of_one_is_that_of_all(two: Two) -> None:
    here, there = two
    here.put("a", ("whatever", {"can": "be pickled"}))
    assert there.get("a") == ("whatever", {"can": "be pickled"})
    assert there.get("b") is None


def test_a_later_value_replaces_it_everywhere(two: Two, clock: list[float]) -> None:
    here, there = two
    here.put("a", 1)
    assert there.get("a") == 1
    clock[0] += 0.1
    there.put("a", 2)
    clock[0] += ttl.UNSHARED_S
    assert (here.get("a"), there.get("a")) == (2, 2)


def test_a_discarded_value_is_gone_everywhere(two: Two, clock: list[float]) -> None:
    here, there = two
    here.put("a", 1)
    assert there.get("a") == 1
    here.discard("a")
    assert here.get("a") is None
    clock[0] += ttl.UNSHARED_S
    assert there.get("a") is None


def test_processes_disagree_for_less_than_a_second(two: Two, clock: list[float]) -> None:
    """Whatever two processes put, and whenever they are asked."""
    here, there = two
    for step in range(200):
        clock[0] += 0.25
        if step % 7 == 0:
            (here, there)[step % 2].put("a", step)
            changed_at = clock[0]
        seen = here.get("a"), there.get("a")
        if clock[0] - changed_at >= ttl.UNSHARED_S:
            assert seen[0] == seen[1]


def test_a_value_lives_as_long_as_where_it_was_computed(two: Two, clock: list[float]) -> None:
    here, there = two
    here.put("a", 1)
    clock[0] += 29
    assert there.get("a") == 1
    clock[0] += 2
    assert (here.get("a"), there.get("a")) == (None, None)


def test_caches_do_not_share_with_others(tmp_path: Path) -> None:
    shared = SharedValues(tmp_path)
    one: TtlCache[None, int] = TtlCache(30, 1, "front", shared)
    other: TtlCache[None, int] = TtlCache(30, 1, "sources", shared)
    one.put(None, 1)
    assert other.get(None) is None


def test_without_the_file_each_goes_on_alone(two: Two, clock: list[float], tmp_path: Path) -> None:
    here, there = two
    assert here._shared is not None
    here._shared._file.close()
    here.put("a", 1)
    clock[0] += ttl.UNSHARED_S
    assert here.get("a") == 1
    assert there.get("a") is None


def test_a_folder_that_cannot_be_used_is_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert open_shared(None) is None
    assert open_shared(tmp_path / "missing") is None
    assert "own caches" in caplog.text


def test_more_processes_give_nobody_more_searches(tmp_path: Path) -> None:
    here, there = (Shares(shared=SharedValues(tmp_path)) for _ in range(2))
    here.use("192.0.2.1", BURST_S / 2 + 1)
    there.require("192.0.2.1")
    there.use("192.0.2.1", BURST_S / 2 + 1)
    for shares in (here, there):
        with pytest.raises(TooManyRequests):
            shares.require("192.0.2.1")
        shares.require("192.0.2.2")


# --- applications --------------------------------------------------------------------------------


@pytest.fixture
def apps(make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Flask, Flask]:
    folder = tmp_path / "shared"
    folder.mkdir()
    monkeypatch.setenv(SHARED_FOLDER_VARIABLE, str(folder))
    return make_app(), make_app()


@pytest.mark.parametrize("path", ["/sources", "/sitemap.xml"])
def test_pages_of_two_processes_agree(
    apps: tuple[Flask, Flask], newsroom: Database, path: str
) -> None:
    """Also about what was cached before something arrived."""
    here, there = (Browser(app) for app in apps)
    before = here.get(path).get_data()
    with newsroom.write() as session:
        make_entry(session, 3, "خبر جديد", age=0)
    assert there.get(path).get_data() == before


def test_every_cached_value_reaches_the_other_process(apps: tuple[Flask, Flask]) -> None:
    here, there = apps
    Browser(here).get("/")
    Browser(here).get("/sources")
    Browser(here).get("/sitemap.xml")
    for name in ("front_plan", "filter_options", "listed_sources", "sitemap"):
        value = getattr(state_of(here).caches, name).get(None)
        found = getattr(state_of(there).caches, name).get(None)
        assert value is not None, name
        assert repr(found) == repr(value), name
