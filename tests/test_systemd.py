"""The systemd units: what they start exists, and they are closed to what Marsad does not need."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from aggregator.cli import main
from aggregator.cli.poll import EXIT_TIMEOUT_S
from aggregator.runtime.supervisor import STOP_TIMEOUT_S
from aggregator.storage.engine import LOCK_WAIT_S

FOLDER = Path(__file__).parents[1] / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
PROGRAM = "/opt/marsad/bin/marsad"
# Of 10, as `systemd-analyze security` rates what an attacker inside could reach.
MAX_EXPOSURE = 2.5


def directives(unit: Path) -> dict[str, list[str]]:
    """The values of each directive, in their order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text("utf-8").splitlines():
        if re.match(r"[#\[]|$", line):
            continue
        name, equals, value = line.partition("=")
        assert equals, line
        found.setdefault(name, []).append(value)
    return found


def seconds(span: str) -> int:
    return 60 * int(span.removesuffix("min")) if span.endswith("min") else int(span)


def test_there_is_one_for_each_half() -> None:
    assert [unit.name for unit in UNITS] == ["marsad-poll.service", "marsad-web.service"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_it_starts_a_command_that_exists(unit: Path) -> None:
    has = directives(unit)
    (start,) = has["ExecStart"]
    program, *arguments = start.split()
    assert program == PROGRAM
    assert isinstance(main, click.Group)
    context = main.make_context("marsad", list(arguments))
    assert arguments[-1] == unit.stem.removeprefix("marsad-")
    assert main.get_command(context, arguments[-1])
    (folder,) = has["StateDirectory"]
    assert Path(context.params["config_path"]).parent == Path("/var/lib") / folder
    assert has["WorkingDirectory"] == [f"/var/lib/{folder}"]
    for command in has.get("ExecReload", []):
        assert Path(command.split()[0]).exists()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_its_times_fit_those_of_the_processes(unit: Path) -> None:
    has = directives(unit)
    assert has["Type"] == ["notify"]
    # Less would cut off a backup before a migration.
    assert has["TimeoutStartSec"] == ["infinity"]
    assert seconds(has["TimeoutStopSec"][0]) > max(EXIT_TIMEOUT_S, STOP_TIMEOUT_S)
    assert has["KillMode"] == ["mixed"]  # the main process ends the others in order
    watchdog_s = seconds(has["WatchdogSec"][0])
    # The poller's jobs, five at most, wait for a locked database one after the other.
    assert watchdog_s > (5 * LOCK_WAIT_S if unit.stem == "marsad-poll" else 10)


def test_both_are_closed_alike() -> None:
    """Each knows why it differs: a sandbox that one of them has is not forgotten in the other."""
    poll, web = (directives(unit) for unit in UNITS)
    differing = {name for name in poll | web if poll.get(name) != web.get(name)}
    assert differing == {
        "Description",
        "ExecStart",
        "ExecReload",  # sources are loaded by the poller
        "RuntimeDirectory",  # the socket of the site
        "RuntimeDirectoryMode",
        "WatchdogSec",
        "SystemCallFilter",  # priority and memory of the poller's workers
    }


@pytest.fixture
def analyze() -> str:
    return shutil.which("systemd-analyze") or pytest.fail(
        "no systemd-analyze: .ci/install-for-tests installs it"
    )


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_has_nothing_to_say_against_it(unit: Path, analyze: str, tmp_path: Path) -> None:
    text = unit.read_text("utf-8")
    copy = tmp_path / unit.name
    copy.write_text(text.replace(PROGRAM, "/bin/true"))
    done = subprocess.run([analyze, "verify", copy], capture_output=True, text=True, check=False)
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_its_exposure_is_low(unit: Path, analyze: str) -> None:
    done = subprocess.run(
        [analyze, "security", "--offline=true", f"--threshold={round(10 * MAX_EXPOSURE)}", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "Overall exposure level" in done.stdout
