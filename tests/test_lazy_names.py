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
