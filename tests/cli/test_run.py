"""`marsad run`: the main job, from the config file to pages and polled feeds."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from click.testing import CliRunner
from sqlalchemy import select

from aggregator.cli import main
from aggregator.storage.engine import Database
from aggregator.storage.models import Entry, Feed
from tests.journeys.pollers import (
    TIMEOUT_S,
    MarsadProcess,
    leases_held,
    still_alive,
    wait_until,
    write_config,
)
from tests.journeys.publishing import WINDOW, SlidingPublisher

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def entries(database: Database) -> int:
    with database.read() as session:
        return len(session.execute(select(Entry.id)).all())


def test_it_migrates_polls_and_serves(publisher: SlidingPublisher, tmp_path: Path) -> None:
    port = free_port()
    config = write_config(
        tmp_path / "config.toml",
        f"sqlite:///{tmp_path}/new.db",
        [publisher.url("rif")],
        f"[web]\nport = {port}",
    )
    database = Database(f"sqlite:///{tmp_path}/new.db")
    marsad = MarsadProcess(config, "run")
    try:
        wait_until(lambda: answers(port), within_s=TIMEOUT_S)
        wait_until(lambda: entries(database) >= WINDOW)
        assert f"  http://127.0.0.1:{port}/setup/" in marsad.log_text()
        family = marsad.family()

        (poller,) = [child for child in family if child.cmdline()[-1] == "poll"]
        os.kill(poller.pid, signal.SIGKILL)
        asked = publisher.polls["rif"]
        wait_until(lambda: publisher.polls["rif"] > asked + 1)  # it was started anew
        assert answers(port)

        family = marsad.family()
        assert marsad.terminate() < 10
        assert marsad.process.returncode == 0, marsad.log_text()
        assert still_alive(family) == []
        assert leases_held(database) == 0
    finally:
        for process in marsad.family():
            process.kill()
        if psutil.pid_exists(marsad.process.pid):
            marsad.process.kill()
            marsad.process.wait()
        database.close()


def test_all_lines_of_a_json_log_are_json(publisher: SlidingPublisher, tmp_path: Path) -> None:
    port = free_port()
    config = write_config(
        tmp_path / "config.toml",
        f"sqlite:///{tmp_path}/new.db",
        [publisher.url("rif")],
        f'[web]\nport = {port}\n[log]\nformat = "json"',
    )
    marsad = MarsadProcess(config, "run")
    try:
        wait_until(lambda: answers(port), within_s=TIMEOUT_S)
        wait_until(lambda: "feed_id" in marsad.log_text())
        (web,) = [child for child in marsad.family() if child.cmdline()[-1] == "web"]
        web.kill()
        wait_until(lambda: "starting it again" in marsad.log_text())
        marsad.terminate()
    finally:
        for process in [*marsad.family(), marsad.process]:
            process.kill()
        marsad.process.wait()
    lines = [json.loads(line) for line in marsad.log_text().splitlines()]
    assert {"marsad", "marsad.supervisor", "marsad.poller"} <= {line["logger"] for line in lines}
    assert "/setup/" not in marsad.log_text()
    assert any(line["message"].startswith("no accounts yet: ") for line in lines)


def test_a_taken_port_starts_nothing(publisher: SlidingPublisher, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        config = write_config(
            tmp_path / "config.toml",
            f"sqlite:///{tmp_path}/new.db",
            [publisher.url("rif")],
            f"[web]\nport = {taken.getsockname()[1]}",
        )
        marsad = MarsadProcess(config, "run")
        try:
            assert marsad.process.wait(TIMEOUT_S) == 1
        finally:
            marsad.process.kill()
            marsad.process.wait()
    said = marsad.log_text()
    assert said.splitlines()[-1].startswith("marsad: cannot serve on 127.0.0.1:")
    assert "Marsad is at" not in said


def test_a_bad_file_starts_nothing(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/new.db"\n[webb]\n[[source]]\n')
    result = CliRunner().invoke(main, ["--config", str(config), "run"])
    assert result.exit_code == 2
    assert "config.toml:3: webb: unknown key" in result.stderr
    assert "config.toml:4: " in result.stderr
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("::1", "[::1]")],
)
def test_it_tells_an_address_that_a_browser_can_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, shown: str
) -> None:
    started: list[dict[str, list[str]]] = []
    monkeypatch.setattr("aggregator.runtime.supervisor.exec_supervisor", started.append)
    monkeypatch.setattr("aggregator.cli.run.web_commands", lambda _app: {"web": []})
    config = tmp_path / "config.toml"
    config.write_text(
        f'[database]\nurl = "sqlite:///{tmp_path}/new.db"\n[web]\nhost = "{host}"\n'
        '[[source]]\nslug = "a"\nname = "A"\nfeeds = [ { url = "https://a.example/" } ]\n'
    )
    result = CliRunner().invoke(main, ["--config", str(config), "run"])
    assert result.exit_code == 0, result.output
    assert f"Marsad is at http://{shown}:8000 " in result.stderr
    assert "sources: 1, feeds: 1 (1 new)" in result.stderr
    (commands,) = started
    assert sorted(commands) == ["poller", "web"]
    database = Database(f"sqlite:///{tmp_path}/new.db")
    with database.read() as session:
        assert session.execute(select(Feed.url)).scalars().all() == ["https://a.example/"]
    database.close()
