"""Names across scripts: pairs that a search must find, and traps that it must not.

    python -m benchmarks.names [--show]

Reads `tests/data/arabic/names.tsv`, in the form of `benchmarks.word_forms`. Texts in Arabic script
and texts in Latin letters lie in databases of their own, so that each name occurs in the other
script alone: there names in no table are looked for, too, and traps are most tempting.

Precision is the share of what was found that should have been; recall, of what should have been
found, the share that was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table

from aggregator.storage.engine import Database
from aggregator.text.name_sounds import is_arabic
from benchmarks.word_forms import Pair, failures, read_pairs

PAIRS = Path(__file__).parents[1] / "tests/data/arabic/names.tsv"


class Score(NamedTuple):
    """How many pairs there are, and how they went."""

    pairs: int
    traps: int
    missed: int
    trapped: int

    @property
    def precision(self) -> float:
        """Of what was found, what should have been."""
        found = self.pairs - self.missed
        return found / (found + self.trapped)

    @property
    def recall(self) -> float:
        """Of what should have been found, what was."""
        return 1 - self.missed / self.pairs


def failed_pairs(pairs: Sequence[Pair]) -> list[Pair]:
    """List the pairs that do not pass, each script in a database of its own."""
    failed = []
    for arabic in (True, False):
        some = [pair for pair in pairs if is_arabic(pair.text[:1]) is arabic]
        with (
            TemporaryDirectory() as folder,
            closing(Database(f"sqlite:///{folder}/marsad.db")) as database,
        ):
            failed += failures(database, some)
    return failed


def score(pairs: Sequence[Pair], failed: Sequence[Pair]) -> Score:
    """Count pairs and failures."""
    all_of = Counter(pair.must_match for pair in pairs)
    wrong = Counter(pair.must_match for pair in failed)
    return Score(all_of[True], all_of[False], wrong[True], wrong[False])


@click.command()
@click.option("--show", is_flag=True, help="List the pairs that fail.")
def main(show: bool) -> None:
    """Print precision and recall, and how many of each kind were found."""
    pairs = read_pairs(PAIRS)
    failed = failed_pairs(pairs)
    total = score(pairs, failed)
    console = Console()
    console.print(
        f"{total.pairs} pairs, {total.traps} traps: "
        f"precision {total.precision:.3f}, recall {total.recall:.3f}"
    )
    table = Table("kind", "pass", "of")
    for kind, count in sorted(Counter(pair.kind for pair in pairs).items()):
        table.add_row(kind, str(count - sum(pair.kind == kind for pair in failed)), str(count))
    console.print(table)
    for pair in failed if show else ():
        console.print(f"{pair.kind}: {pair.query} | {pair.text}")


if __name__ == "__main__":
    main()
