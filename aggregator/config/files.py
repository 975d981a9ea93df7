"""The config file and those of `sources.d` beside it, read as one: what is where."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aggregator.config.lines import LineIndex
from aggregator.errors import ConfigError, ConfigProblem

Location = tuple[Any, ...]

FOLDER = "sources.d"


@dataclass(frozen=True)
class ConfigText:
    """One file: its name in messages, its TOML, the lines of its keys."""

    file: str
    raw: dict[str, Any]
    lines: LineIndex

    def problem(
        self, location: Location, value: Any, where: str, message: str, hint: str = ""
    ) -> ConfigProblem:
        """A problem with the `value` at `location` of this file."""
        return ConfigProblem(self.file, self.lines.find(location, value), where, message, hint)


class ConfigFiles:
    """The main file with the sources of the others behind its own.

    A location in `raw`, the whole, belongs to one of the files (`locate`).
    """

    def __init__(self, main: ConfigText, others: Sequence[ConfigText] = ()) -> None:
        self.main = main
        self._texts = (main, *others)
        self.raw = main.raw
        lists = [(text, text.raw.get("source", [])) for text in self._texts]
        self._origins = [
            (text, number)
            for text, tables in lists
            if isinstance(tables, list)
            for number in range(len(tables))
        ]
        if others and isinstance(lists[0][1], list):
            self.raw = main.raw | {"source": [text.raw["source"][n] for text, n in self._origins]}

    def locate(self, location: Location) -> tuple[ConfigText, Location]:
        """The file of a location in `raw`, and the location in that file."""
        match location:
            case ("source", int() as number, *rest) if self.raw is not self.main.raw:
                text, own = self._origins[number]
                return text, ("source", own, *rest)
        return self.main, location

    def place(self, location: Location, value: Any, seen_from: ConfigText) -> str:
        """Where something is, for a message about the file `seen_from`."""
        text, own = self.locate(location)
        line = text.lines.find(own, value)
        return f"line {line}" if text is seen_from else f"{text.file}:{line}"

    def sort_key(self, problem: ConfigProblem) -> tuple[int, int]:
        """The order of problems: file by file, from top to bottom."""
        files = [text.file for text in self._texts]
        position = files.index(problem.file) if problem.file in files else -1
        return position, problem.line or 0


def read_text(path: Path) -> str:
    """The text of a config file. Raises `ConfigError` if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")  # Windows editors begin a file with a BOM
    except FileNotFoundError:
        hint = "marsad init writes one to begin with; --config names another file"
        problem = ConfigProblem(str(path), None, "", "there is no such file", hint)
        raise ConfigError((problem,)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError((ConfigProblem(str(path), None, "", str(error)),)) from error


def parse_text(text: str, file: str) -> ConfigText:
    """The TOML of a file. Raises `ConfigError` with the line that is not valid."""
    try:
        return ConfigText(file, tomllib.loads(text), LineIndex(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError((_syntax_problem(error, file, text),)) from error


def read_sources(path: Path, pending: Mapping[Path, str]) -> list[ConfigText]:
    """The files of `sources.d` beside the config at `path`, in the order of their names.

    `pending`: texts that files are about to have, by path. Raises `ConfigError` with every problem
    of their syntax.
    """
    folder = path.parent / FOLDER
    named = {each for each in folder.glob("*.toml") if not each.name.startswith(".")}
    texts: list[ConfigText] = []
    problems: list[ConfigProblem] = []
    for each in sorted(named | set(pending), key=lambda file: file.name):
        try:
            text = pending[each] if each in pending else read_text(each)
            texts.append(parse_text(text, str(each)))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(tuple(problems))
    return texts


def foreign_tables(texts: Sequence[ConfigText]) -> list[ConfigProblem]:
    """What is in files of `sources.d` beside lists of sources."""
    problems = []
    for text in texts:
        for name, value in text.raw.items():
            if name != "source":
                message = f"only [[source]] tables belong in {FOLDER}"
                problems.append(
                    text.problem((name,), value, name, message, "move it to the config")
                )
            elif not isinstance(value, list):
                hint = "write it as [[source]], with two brackets"
                problems.append(text.problem((name,), value, name, "is not a list of tables", hint))
    return problems


def _syntax_problem(error: tomllib.TOMLDecodeError, file: str, text: str) -> ConfigProblem:
    message, _, place = str(error).partition(" (at ")
    numbered = place.removeprefix("line ").partition(",")[0]
    line = int(numbered) if numbered.isdigit() else len(text.rstrip().splitlines()) or None
    return ConfigProblem(file, line, "", f"not valid TOML: {message[0].lower()}{message[1:]}")
