"""The locks hold what pyproject.toml asks for: after a change there, `make lock`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
RUN = PROJECT["dependencies"]
TEST = PROJECT["optional-dependencies"]["test"]
LOCKS = {"requirements.lock": RUN, "requirements-test.lock": [*RUN, *TEST]}


def blocks(name: str) -> list[str]:
    """The requirements of a lock, each with its hashes; comments left out."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    return text.replace("\\\n", " ").splitlines()


def versions(name: str) -> dict[str, str]:
    """The locked version of each package."""
    pinned = [Requirement(block.partition("--hash")[0].strip()) for block in blocks(name)]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in pinned}


@pytest.mark.parametrize("name", LOCKS)
def test_what_is_asked_for_is_locked_within_its_range(name: str) -> None:
    locked = versions(name)
    for requirement in map(Requirement, LOCKS[name]):
        assert requirement.specifier.contains(locked[canonicalize_name(requirement.name)])


@pytest.mark.parametrize("name", LOCKS)
def test_every_file_has_a_hash_and_no_index_is_named(name: str) -> None:
    assert [block for block in blocks(name) if "--hash=sha256:" not in block] == []
    assert "://" not in (ROOT / name).read_text("utf-8")


def test_the_tests_run_on_what_is_installed_to_run() -> None:
    assert versions("requirements.lock").items() <= versions("requirements-test.lock").items()
