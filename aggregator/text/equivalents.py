"""Names and acronyms that stand for each other: تونس and Tunisie, CAF and الكاف.

Searched for together, though indexed apart: so a table that an operator extends works at once.
They come from tables of one group a line, its names separated by commas: `names` and `acronyms`
in `data/`, and the files of `[search] tables`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from aggregator.errors import ConfigError, ConfigProblem
from aggregator.text.arabic_stems import ambiguous_plurals
from aggregator.text.stems import stem
from aggregator.text.tokens import folded_words
from aggregator.text.word_lists import read_lines

Stems = tuple[str, ...]
_COMMAS = str.maketrans("،;؛", ",,,")
# Names that begin with one of these are written as two words or as one.
_JOINED = frozenset(("عبد", "ابو", "بن"))
# Maximum names of a line and words of a name: a query looks for all of them.
_MAX_NAMES = 20
_MAX_NAME_WORDS = 12
# Spelt like frequent words: they stand for other names, but none is searched for as one of these.
_LIKE_WORDS = frozenset(
    stem(word)
    for word in folded_words(
        "CAN ONE UN WHO FAR MAP RAM BAD AI EU PI MP ADM UA UC VAR الكان الشان الفار"
    )
)
_BUILT_IN = ("names", "acronyms")


class Equivalents:
    """Which runs of stems stand for which others."""

    def __init__(self, groups: Iterable[Sequence[Stems]]) -> None:
        self._known: dict[Stems, dict[Stems, None]] = defaultdict(dict)
        for group in groups:
            searched = [name for name in group if len(name) > 1 or name[0] not in _LIKE_WORDS]
            for name in group:
                self._known[name].update(dict.fromkeys(searched))
        for name, others in self._known.items():
            others.pop(name, None)
        self.longest = max(map(len, self._known), default=1)

    def of(self, words: Sequence[str]) -> list[Stems]:
        """List what stands for all of these folded words in a row, as stems; often nothing."""
        own = tuple(map(stem, words))
        return [*self._known.get(own, ()), *_joined(words)]


def _joined(words: Sequence[str]) -> list[Stems]:
    """عبد الله is written عبدالله as well."""
    if len(words) == 2 and words[0] in _JOINED:
        return [(stem("".join(words)),)]
    if len(words) == 1:
        return [
            (stem(first), stem(words[0][len(first) :]))
            for first in _JOINED
            if words[0].startswith(f"{first}ال") and len(words[0]) > len(first) + 3
        ]
    return []


def read_table(text: str, file: str) -> list[list[Stems]]:
    """Read a table. Raises ConfigError for lines that cannot be used, with the number of each."""
    groups, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        names = line.translate(_COMMAS).split(",")
        group = [tuple(map(stem, folded_words(name))) for name in names]
        if problem := _problem(names, group):
            problems.append(ConfigProblem(file, number, "", *problem))
        groups.append(group)
    if problems:
        raise ConfigError(tuple(problems))
    return groups


def _problem(names: Sequence[str], group: Sequence[Stems]) -> tuple[str, str] | None:
    """What is wrong with a line, and what would be right."""
    if len(group) < 2:
        return "a line needs two names or more, separated by commas", 'such as "CAF, الكاف"'
    if not all(group):
        wordless = names[group.index(())].strip()
        message = f'"{wordless}" has no letters or digits' if wordless else "a name is empty"
        return message, "write a name between commas, and no comma at the end"
    if len(group) > _MAX_NAMES:
        return f"{len(group)} names", f"write {_MAX_NAMES} at most"
    longest = max(map(len, group))
    if longest > _MAX_NAME_WORDS:
        return f"a name of {longest} words", f"write {_MAX_NAME_WORDS} at most"
    return None


@cache
def _built_in() -> tuple[Sequence[Stems], ...]:
    tables = [
        group for name in _BUILT_IN for group in read_table("\n".join(read_lines(name)), name)
    ]
    plurals = [[(one,), (other,)] for one, other in ambiguous_plurals()]
    return (*tables, *plurals)


_current: list[Equivalents] = []


def equivalents() -> Equivalents:
    """Return the tables of this process."""
    if not _current:
        _current.append(Equivalents(_built_in()))
    return _current[0]


def read_tables(files: Iterable[Path]) -> list[list[Stems]]:
    """Read tables. Raises ConfigError with all that is wrong with them, by file and line."""
    groups: list[list[Stems]] = []
    problems: list[ConfigProblem] = []
    for file in files:
        try:
            groups += read_table(_read_text(file), str(file))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(tuple(problems))
    return groups


def _read_text(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        hint = "name a text file in search.tables"
        problem = ConfigProblem(str(file), None, "", error.strerror or str(error), hint)
        raise ConfigError((problem,)) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = ConfigProblem(str(file), line, "", "is not UTF-8", "save the file as UTF-8")
        raise ConfigError((problem,)) from error


def use_tables(files: Sequence[Path]) -> None:
    """Have an operator's tables stand beside those of the program, in this process.

    Replaces the tables of an earlier call. Raises ConfigError as `read_tables`.
    """
    own = read_tables(files)
    _current[:] = [Equivalents([*_built_in(), *own])] if own else []
