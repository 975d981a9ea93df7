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
_MESSAGE = "a line needs two names or more, separated by commas"
_HINT = 'such as "CAF, الكاف"'
_BUILT_IN = ("names", "acronyms")


class Equivalents:
    """Which runs of stems stand for which others."""

    def __init__(self, groups: Iterable[Sequence[Stems]]) -> None:
        self._known: dict[Stems, dict[Stems, None]] = defaultdict(dict)
        for group in groups:
            for name in group:
                self._known[name].update(dict.fromkeys(group))
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
    """Read a table. Raises ConfigError for lines without two names, with the number of each."""
    groups, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        names = [
            tuple(map(stem, folded_words(name))) for name in line.translate(_COMMAS).split(",")
        ]
        if len(names) < 2 or not all(names):
            problems.append(ConfigProblem(file, number, "", _MESSAGE, _HINT))
        groups.append(names)
    if problems:
        raise ConfigError(tuple(problems))
    return groups


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


def use_tables(files: Iterable[Path]) -> None:
    """Add an operator's tables to those of this process.

    Raises ConfigError for lines and files that cannot be read, with file and line.
    """
    groups = list(_built_in())
    problems: list[ConfigProblem] = []
    for file in files:
        try:
            groups += read_table(file.read_text("utf-8"), str(file))
        except ConfigError as error:
            problems += error.problems
        except (OSError, UnicodeDecodeError) as error:
            problems.append(ConfigProblem(str(file), None, "", str(error)))
    if problems:
        raise ConfigError(tuple(problems))
    _current[:] = [Equivalents(groups)]
