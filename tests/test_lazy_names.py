"""Packages that import a file when a name of it is used."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from aggregator import types
from aggregator.storage import models


@pytest.mark.parametrize("package", [types, models])
def test_each_name_is_found_in_its_file(package: ModuleType) -> None:
    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    listed = {name for names in package._FILES.values() for name in names.split()}
    assert set(package.__all__) - listed <= {"all_tables"}


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Nobody'"):
        types.Nobody  # noqa: B018 (the look-up is the test)


def test_a_name_brings_its_file_and_no_other() -> None:
    program = (
        "import sys; from aggregator.storage.models import Feed, all_tables\n"
        "print('aggregator.storage.models.topics' in sys.modules, len(all_tables().tables) > 30)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert said.stdout == "False True\n", said.stderr


def test_a_poll_imports_only_what_one_without_news_uses() -> None:
    """Importing the rest took half of a start's CPU time; see benchmarks/README.md."""
    heavy = [
        "aggregator.parse", "aggregator.services.ingest.store", "aggregator.storage.models.entries",
        "alembic", "feedparser", "multiprocessing", "nh3", "pebble", "psycopg", "rich",
        "sqlalchemy.dialects.postgresql",
    ]  # fmt: skip
    program = (
        "import sys, aggregator.cli.poll, aggregator.poller.once\n"
        "from aggregator.services.operate.load_sources import load_sources\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert said.stdout == "[]\n", said.stderr
