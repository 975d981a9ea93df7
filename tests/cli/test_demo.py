"""`marsad demo` as a person starts it: a real command on free ports."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
import pytest

from aggregator.config import load
from aggregator.demo.outlets import OUTLETS

pytestmark = pytest.mark.slow

HOST = "127.0.0.1"
# Twenty times what it takes: the machine may be busy.
SECONDS = 120

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `marsad demo …`; whatever a failed test leaves running is ended."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "aggregator", "demo", *arguments],
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=os.environ | {"TMPDIR": str(tmp_path)} | environment,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def entries(port: int) -> list[dict[str, Any]]:
    try:
        with urlopen(f"http://{HOST}:{port}/api/v1/entries?limit=100", timeout=5) as answer:
            found: list[dict[str, Any]] = json.load(answer)["entries"]
            return found
    except (OSError, HTTPException):  # it starts just now
        return []


def wait_for_entries(
    process: subprocess.Popen[str], port: int, sources: int = 1
) -> list[dict[str, Any]]:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = entries(port)
        if len({entry["source"]["slug"] for entry in found}) >= sources:
            return found
        time.sleep(0.1)
    process.kill()
    pytest.fail(f"no entries: {process.communicate()[1]}")


def stop(process: subprocess.Popen[str], number: int = signal.SIGTERM) -> str:
    """Stop it as a person does; what it wrote. Fails when a process stays behind."""
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 3
    process.send_signal(number)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    _, alive = psutil.wait_procs(family, timeout=SECONDS / 3)
    assert alive == []
    return err


def test_a_living_site_without_a_network(start: Start, tmp_path: Path) -> None:
    """What there is of a real installation is left alone."""
    port = free_port()
    (tmp_path / "config.toml").write_text("not even TOML")
    environment = {"MARSAD_DATABASE__URL": f"sqlite:///{tmp_path}/real.db", "MARSAD_WEB__PORT": "1"}
    process = start("--port", str(port), **environment)
    found = wait_for_entries(process, port, sources=10)
    assert {entry["language"] for entry in found} == {"ar", "fr", "en"}
    err = stop(process)
    assert f"http://{HOST}:{port}" in err
    assert re.search(r"as demo with the password \w{10,}", err)
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == [tmp_path / "config.toml"]


def test_a_folder_of_its_own_is_kept_for_the_next_time(start: Start, tmp_path: Path) -> None:
    data, port = tmp_path / "kept here?", free_port()
    process = start("--port", str(port), "--data", str(data))
    wait_for_entries(process, port)
    first = stop(process)
    process = start("--port", str(port), "--data", str(data))
    again = {entry["id"] for entry in wait_for_entries(process, port)}
    second = stop(process)
    assert {path.name for path in data.iterdir()} >= {"config.toml", "demo.json", "marsad.db"}
    assert again
    assert "(0 new)" in second
    assert _password(first) == _password(second)
    assert (data / "demo.json").stat().st_mode & 0o077 == 0
    settings = load(data / "config.toml", {})
    assert [source.slug for source in settings.source] == [outlet.slug for outlet in OUTLETS]
    assert settings.web.port == port
    assert settings.polling.allow_networks == ("127.0.0.0/8",)


def test_a_folder_with_another_config_is_refused(start: Start, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[database]\nurl = "sqlite:///precious.db"\n')
    process = start("--port", str(free_port()), "--data", str(tmp_path))
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "does not belong to the demo" in err
    assert "precious" in config.read_text()


def test_a_taken_port_is_told(start: Start, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start("--port", str(port))
        _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert f"port {port} cannot be used (address already in use)" in err
    assert list(tmp_path.iterdir()) == []


def _password(err: str) -> str:
    found = re.search(r"with the password (\w+)", err)
    assert found
    return found[1]
