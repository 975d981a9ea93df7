"""The sample publisher over the wire."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse

import feedparser
import pytest

from aggregator.demo.outlets import OUTLETS
from aggregator.demo.publisher import HOST, Newsroom, SamplePublisher, main
from aggregator.demo.revisions import REVISIONS
from aggregator.runtime.parent_watch import PARENT_PIPE_VARIABLE

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def publisher() -> Iterator[SamplePublisher]:
    newsroom = Newsroom(datetime.now(UTC) - timedelta(minutes=20))
    with SamplePublisher(0, newsroom, slow=False) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def get(
    publisher: SamplePublisher, path: str, method: str = "GET", **headers: str
) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(HOST, publisher.server_port, timeout=5)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def test_every_working_outlet_has_a_feed(publisher: SamplePublisher) -> None:
    for outlet in OUTLETS:
        answer, body = get(publisher, f"/{outlet.slug}/feed")
        entries = feedparser.parse(body).entries if outlet.format != "json" else [body]
        assert answer.status == 200
        assert bool(entries) is (outlet.format != "broken"), outlet.slug


def test_the_broken_outlet_answers_a_web_page(publisher: SamplePublisher) -> None:
    answer, body = get(publisher, "/jaridat-alminae/feed")
    assert answer.getheader("Content-Type") == "text/html; charset=utf-8"
    assert "الصيانة".removeprefix("ال") in body.decode()


def test_feeds_are_newest_first_and_have_live_entries(publisher: SamplePublisher) -> None:
    _, body = get(publisher, "/the-rabat-observer/feed")
    entries = feedparser.parse(body).entries
    dates = [entry.published_parsed for entry in entries]
    assert dates == sorted(dates, reverse=True)
    assert "live-" in entries[0].id


def test_an_unchanged_feed_is_not_sent_again(publisher: SamplePublisher) -> None:
    first, _ = get(publisher, "/riyada-plus/feed")
    etag, modified = first.getheader("ETag"), first.getheader("Last-Modified")
    assert etag
    assert modified
    again, nothing = get(publisher, "/riyada-plus/feed", If_None_Match=f'"old", W/{etag}')
    assert (again.status, nothing) == (304, b"")
    assert again.getheader("ETag") == etag
    since, nothing = get(publisher, "/riyada-plus/feed", If_Modified_Since=modified)
    assert (since.status, nothing) == (304, b"")


@pytest.mark.parametrize(
    "headers",
    [
        {"If_None_Match": '"another"'},
        {"If_Modified_Since": "Tue, 01 Jan 2019 00:00:00 GMT"},
        {"If_Modified_Since": "yesterday"},
        # The ETag goes first: a date that fits does not help.
        {"If_None_Match": '"another"', "If_Modified_Since": "Sat, 01 Jan 2050 00:00:00 GMT"},
    ],
)
def test_a_feed_that_changed_is_sent(publisher: SamplePublisher, headers: dict[str, str]) -> None:
    answer, body = get(publisher, "/riyada-plus/feed", **headers)
    assert answer.status == 200
    assert body


def test_an_article_has_a_page_in_its_direction(publisher: SamplePublisher) -> None:
    answer, body = get(publisher, "/almanara/articles/rain-taroudant-5")
    assert answer.status == 200
    assert '<html lang="ar" dir="rtl">' in body.decode()
    assert REVISIONS["rain-taroudant-5"].title in body.decode()
    _, body = get(publisher, "/atlas-eco/articles/prices-vegetables-2")
    assert '<html lang="fr" dir="ltr">' in body.decode()


def test_every_link_of_every_page_leads_somewhere(publisher: SamplePublisher) -> None:
    seen, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop()
        answer, body = get(publisher, path)
        assert answer.status == 200, path
        if "html" in (answer.getheader("Content-Type") or ""):
            found = set(re.findall(r'(?:href|src)="(/[^"]*)"', body.decode())) - seen
            waiting += found
            seen |= found
    assert sum("/articles/" in path for path in seen) > 60


def test_pictures(publisher: SamplePublisher) -> None:
    answer, body = get(publisher, "/pictures/port-1.svg")
    assert answer.getheader("Content-Type") == "image/svg+xml"
    assert "max-age" in (answer.getheader("Cache-Control") or "")
    assert body.startswith(b"<svg")


@pytest.mark.parametrize(
    "path",
    ["/nobody/feed", "/pictures/../../etc/passwd", "/almanara/articles/rain-taroudant-1", "/%00"],
)
def test_what_is_not_there(publisher: SamplePublisher, path: str) -> None:
    assert get(publisher, path)[0].status == 404


def test_head_has_no_body(publisher: SamplePublisher) -> None:
    answer, body = get(publisher, "/almanara/feed", "HEAD")
    assert (answer.status, body) == (200, b"")
    assert int(answer.getheader("Content-Length") or 0) > 1000


def test_the_slow_outlet_is_slow(
    publisher: SamplePublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("aggregator.demo.publisher.time.sleep", waits.append)
    monkeypatch.setattr(publisher, "slow", True)
    now = datetime.now(UTC)
    publisher.page("/la-tribune-du-souss/feed", now)
    publisher.page("/almanara/feed", now)
    publisher.page("/la-tribune-du-souss/", now)
    assert waits == [6.0]


def test_a_taken_port_is_told(
    publisher: SamplePublisher, capsys: pytest.CaptureFixture[str]
) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert main(["--port", str(publisher.server_port)]) == 1
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert f"port {publisher.server_port}" in capsys.readouterr().err


@pytest.mark.parametrize("how", ["signal", "lifeline"])
def test_the_process_serves_and_ends_in_silence(how: str) -> None:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "aggregator.demo.publisher", "--port", str(port)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {PARENT_PIPE_VARIABLE: str(reading)},
        pass_fds=(reading,),
    ) as process:
        _wait_until_open(port)
        os.close(reading)
        if how == "signal":
            process.send_signal(signal.SIGTERM)
        os.close(writing)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, b"", b"")


def _wait_until_open(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the publisher did not start")
