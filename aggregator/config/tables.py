"""Check the tables of words that [search] names, with everything else in the config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aggregator.config.lines import LineIndex
from aggregator.errors import ConfigError, ConfigProblem

_SETTING = ("search", "tables")


def table_path(name: str, config_path: Path) -> Path:
    """Resolve the name of a table against the folder of the config file."""
    return config_path.absolute().parent / name


def table_problems(
    raw: dict[str, Any], file: str, lines: LineIndex, overridden: dict[tuple[str, ...], str]
) -> list[ConfigProblem]:
    """List what is wrong with the tables that exist, and those that do not."""
    section = raw.get("search")
    names = section.get("tables") if isinstance(section, dict) else None
    if not isinstance(names, list | tuple):
        return []
    problems: list[ConfigProblem] = []
    for name in dict.fromkeys(each for each in names if isinstance(each, str)):
        path = table_path(name, Path(file))
        if path.is_file():
            problems += _inside(path)
            continue
        variable = overridden.get(_SETTING)
        line = None if variable else lines.find(_SETTING, name)
        message = f'there is no file "{name}"'
        hint = f"write its path, as seen from {Path(file).absolute().parent}"
        problems.append(ConfigProblem(variable or file, line, "search.tables", message, hint))
    return problems


def _inside(path: Path) -> tuple[ConfigProblem, ...]:
    from aggregator.text.equivalents import read_tables  # 50 ms, for those that have tables

    try:
        read_tables([path])
    except ConfigError as error:
        return error.problems
    return ()
