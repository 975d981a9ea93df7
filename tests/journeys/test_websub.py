"""News that a hub tells: from the feed that names it to the page, with the real processes."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from sqlalchemy import update

from aggregator.storage.engine import Database
from aggregator.storage.models import WebsubSubscription
from tests.builders import NOW
from tests.hub import Hub, rss

pytestmark = pytest.mark.slow

# Twenty times what it takes: the machine may be busy.
SECONDS = 60

CONFIG = """
[database]
url = "sqlite:///{folder}/marsad.db"
[web]
port = {port}
base_url = "http://127.0.0.1:{port}"
[polling]
min_interval = "1h"
allow_networks = ["127.0.0.0/8"]
workers = 1
[[source]]
slug = "hespress"
name = "Hespress"
feeds = [ {{ url = "{feed}" }} ]
"""


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as running:
        running.serve("/feed", rss("القديم", hub=running.url, topic=running.at("/feed")))
        yield running


@pytest.fixture
def site(hub: Hub, tmp_path: Path) -> Iterator[str]:
    """The address of a Marsad that polls one feed of the hub's, once an hour."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.format(folder=tmp_path, port=port, feed=hub.at("/feed")))
    command = [sys.executable, "-m", "aggregator", "--config", str(config), "run"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def titles(site: str) -> list[str]:
    with urlopen(f"{site}/api/v1/entries", timeout=10) as answer:
        return [entry["title"] for entry in json.load(answer)["entries"]]


def wait_until(true: Callable[[], bool]) -> float:
    """Seconds until it was."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < SECONDS, "it never was"
        time.sleep(0.05)
    return time.monotonic() - began


def test_news_arrive_by_push(hub: Hub, site: str, tmp_path: Path) -> None:
    topic = hub.at("/feed")
    wait_until(lambda: topic in hub.subscribers)
    callback = hub.subscribers[topic].callback
    assert callback.startswith(f"{site}/websub/")

    # Forged first: were it stored, it would be there before the others.
    assert hub.push(topic, rss("المزيف"), secret="guessed") == 202
    assert hub.push(topic, rss("المزيف"), secret="") == 202
    large = rss("الجديد") + b"\n" * 500_000  # more than a form may be
    assert hub.push(topic, large) == 202
    assert hub.push(topic, rss("الأجد", "الجديد"), method="sha1") == 202
    took = wait_until(lambda: len(titles(site)) == 3)
    assert sorted(titles(site)) == sorted(["القديم", "الجديد", "الأجد"])
    assert took < 10  # about one; many times that where the machine is busy
    assert hub.visits["/feed"] == 1

    # Somebody asks us to confirm what we did not ask for.
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"{callback}?hub.mode=subscribe&hub.topic=http://x/&hub.challenge=1", timeout=10)

    # Two thirds of the lease pass.
    with closing(Database(f"sqlite:///{tmp_path}/marsad.db")) as database:
        with database.write() as session:
            session.execute(update(WebsubSubscription).values(next_try_at=NOW))
        wait_until(lambda: hub.subscribers[topic].confirmed == 2)
    assert [form["hub.mode"] for form in hub.received_forms] == ["subscribe", "subscribe"]
    assert hub.subscribers[topic].callback == callback
    assert hub.push(topic, rss("بعد التجديد")) == 202
    wait_until(lambda: len(titles(site)) == 4)
    assert hub.visits["/feed"] == 1
