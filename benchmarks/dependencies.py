"""What each dependency costs: to download, on the disk, to import.

    python -m benchmarks.dependencies

reads the packages of requirements.lock that are installed here. *Wheel* is what their files take
when compressed as a wheel is, without bytecode, which no wheel holds. *Import* is the CPU time of a
first import in a process of its own, the median of three; it includes what the package imports in
its turn, so the column does not add up.
"""

from __future__ import annotations

import re
import subprocess
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

_LOCK = Path(__file__).resolve().parent.parent / "requirements.lock"
_PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==.*\n(?:    .*\n)*", re.MULTILINE)
_WANTED_BY = re.compile(r"^ {4}#(?: via)?\s+([a-z0-9][\w.-]*)", re.MULTILINE)
_TIMED = "import time; at = time.process_time(); import {}; print(time.process_time() - at)"
_REPEAT = 3


@dataclass(frozen=True, slots=True)
class Dependency:
    """One package: bytes, CPU seconds of its import (None if it has no module to import)."""

    name: str
    version: str
    wheel: int
    installed: int
    import_s: float | None
    wanted_by: Sequence[str]


def main() -> None:
    """Print a table, the largest wheel first."""
    found = sorted(dependencies(), key=lambda one: -one.wheel)
    table = Table("Package", "Version", caption_justify="left")
    for name in ("wheel kB", "installed kB", "import ms"):
        table.add_column(name, justify="right")
    table.add_column("wanted by")
    for one in found:
        imported = "–" if one.import_s is None else f"{one.import_s * 1e3:.0f}"
        sizes = (f"{size / 1e3:,.0f}" for size in (one.wheel, one.installed))
        table.add_row(one.name, one.version, *sizes, imported, ", ".join(one.wanted_by))
    wheels, installed = (sum(sizes) / 1e6 for sizes in zip(*_sizes(found), strict=True))
    table.caption = (
        f"{len(found)} packages: {wheels:.1f} MB of wheels, {installed:.1f} MB installed"
    )
    Console(width=110).print(table)


def dependencies() -> Iterator[Dependency]:
    """What is locked and installed; packages for other systems or Pythons are left out."""
    for pin in _PIN.finditer(_LOCK.read_text("utf-8")):
        try:
            found = distribution(pin[1])
        except PackageNotFoundError:
            continue
        wheel, installed = _size(found)
        wanted_by = [name for name in _WANTED_BY.findall(pin[0]) if name != "via"]
        yield Dependency(pin[1], found.version, wheel, installed, _import_s(found), wanted_by)


def _sizes(found: Sequence[Dependency]) -> Iterator[tuple[int, int]]:
    return ((one.wheel, one.installed) for one in found)


def _size(found: Distribution) -> tuple[int, int]:
    """Compressed and plain size of its files."""
    wheel = installed = 0
    for file in found.files or ():
        path = Path(str(found.locate_file(file)))
        if path.suffix == ".pyc" or not path.is_file():
            continue
        content = path.read_bytes()
        installed += len(content)
        wheel += len(zlib.compress(content))
    return wheel, installed


def _import_s(found: Distribution) -> float | None:
    modules = _modules(found)
    if not modules:
        return None
    command = [sys.executable, "-c", _TIMED.format(modules[0])]
    times = []
    for _ in range(_REPEAT):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return None
        times.append(float(done.stdout))
    return median(times)


def _modules(found: Distribution) -> list[str]:
    """Its importable top-level modules; those named like the package first."""
    names = {
        file.parts[0].partition(".")[0]
        for file in found.files or ()
        if str(file).endswith((".py", ".so")) and file.parts[0] not in ("..", "bin")
    }
    own = re.sub(r"[^a-z0-9]", "", found.metadata["Name"].lower())
    public = [name for name in names if name.isidentifier() and not name.startswith("_")]
    return sorted(public, key=lambda name: (name.lower().replace("_", "") not in own, name))


if __name__ == "__main__":
    main()
