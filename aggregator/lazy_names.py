"""Packages that hand on the names of their files, and import a file when a name of it is used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_names(package: str, files: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the module-level `__getattr__` of `package` (PEP 562).

    `files` has the names that the package hands on, separated by blanks, by the file they are in.
    """
    homes = {name: file for file, names in files.items() for name in names.split()}

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return load
