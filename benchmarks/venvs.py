"""Virtual environments of packages that are measured or read, but are no dependency of Marsad."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import BenchmarkError

_FOLDER = Path(__file__).resolve().parent / ".venvs"


def python_of(name: str) -> str:
    """The interpreter of the environment `name`, whether it exists or not."""
    return str(_FOLDER / name / "bin" / "python")


def install(name: str, requirements: Sequence[str], check: Sequence[str]) -> None:
    """Install `requirements` from the registry, unless its Python already runs `check`.

    `check` are arguments of that Python. Raises BenchmarkError.
    """
    if _works(name, check):
        return
    failed = f"{requirements[0]} could not be installed."
    checked([sys.executable, "-m", "venv", "--clear", str(_FOLDER / name)], failed)
    pip = [python_of(name), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    checked([*pip, *requirements], failed)


def checked(arguments: Sequence[str], failed: str, given: str = "") -> str:
    """Run a command with `given` as its input; what it prints, or BenchmarkError."""
    done = subprocess.run(arguments, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).splitlines()[-12:]
        raise BenchmarkError("\n".join([failed, *lines]))
    return done.stdout


def _works(name: str, check: Sequence[str]) -> bool:
    try:
        done = subprocess.run([python_of(name), *check], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0
