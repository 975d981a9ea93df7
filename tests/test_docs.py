"""Settings, commands and addresses are documented; a failing test names what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from aggregator.cli import main
from aggregator.config import Settings
from aggregator.storage.engine import Database
from web import create_app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLE = (ROOT / "config.example.toml").read_text("utf-8")
PLACEHOLDER = re.compile(r"<(?:\w+:)?(\w+)>")


SECTIONS = (
    "database web polling retention front search requests mail oidc trusted_header sign_in log"
).split()
TABLES = ["source", "owner", "pack"]


@pytest.mark.parametrize("text", [README, EXAMPLE], ids=["README.md", "config.example.toml"])
@pytest.mark.parametrize("section", SECTIONS)
def test_every_setting_is_shown(section: str, text: str) -> None:
    table = text.partition(f"[{section}]\n")[2].partition("\n[")[0]
    model = type(Settings.model_fields[section].default)
    assert set(model.model_fields) - set(re.findall(r"^(\w+) = ", table, re.MULTILINE)) == set()


def test_every_section_is_tried() -> None:
    assert set(Settings.model_fields) == {*SECTIONS, *TABLES}


@pytest.mark.parametrize("kind", TABLES)
def test_every_setting_of_a_table_is_in_the_readme(kind: str) -> None:
    table = re.split(rf"^\[\[{kind}\]\].*\n", README, flags=re.MULTILINE)[1]
    shown = re.findall(
        r"^(\w+) = ", re.split(r"^(?:```|\[)", table, flags=re.MULTILINE)[0], re.MULTILINE
    )
    tables = Settings.model_fields[kind].annotation
    (model, *_) = tables.__args__  # type: ignore[union-attr]  # a tuple of models
    assert set(model.model_fields) - set(shown) == set()


def test_every_command_is_in_the_readme() -> None:
    missing = [words for words in commands(main, ()) if not mentioned(words)]
    assert missing == []


def mentioned(words: tuple[str, ...]) -> bool:
    """ "marsad web | poll" and "marsad opml import FILE | export" name several in one line."""
    *group, name = ("marsad", *words)
    start = " ".join(group)
    line = rf"^    {re.escape(start)}\b[^\n]*\b{re.escape(name)}\b"
    return re.search(line, README, re.MULTILINE) is not None


def commands(group: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The words of each command after "marsad", through all groups."""
    if not isinstance(group, click.Group):
        yield path
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        yield from commands(command, (*path, name))


def test_every_address_is_in_the_docs(sqlite_database: Database) -> None:
    app = create_app(Settings(), sqlite_database)
    pages = (ROOT / "docs" / "pages.md").read_text("utf-8")
    api = (ROOT / "docs" / "api.md").read_text("utf-8")
    apps = (ROOT / "docs" / "apps.md").read_text("utf-8")
    documented = set(re.findall(r"`(/[^\s`?]*)", pages + apps))
    documented |= {f"/api/v1{path}" for path in re.findall(r"^##.* (/\S+)", api, re.MULTILINE)}
    assert addresses(app) - documented == set()


def addresses(app: Flask) -> set[str]:
    """ "/entries/<int:entry_id>" is written /entries/ID."""
    return {
        PLACEHOLDER.sub(lambda found: found[1].rpartition("_")[2].upper(), rule.rule)
        for rule in app.url_map.iter_rules()
    }
