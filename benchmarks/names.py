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

import click
from rich.console import Console
from rich.table import Table

from aggregator.storage.engine import Database
from aggregator.text.name_sounds import is_arabic
from benchmarks.scores import Score
from benchmarks.word_forms import Pair, failures, read_pairs

PAIRS = Path(__file__).parents[1] / "tests/data/arabic/names.tsv"


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
    right = all_of[True] - wrong[True]
    return Score("names", all_of[True], right + wrong[False], right)


@click.command()
@click.option("--show", is_flag=True, help="List the pairs that fail.")
def main(show: bool) -> None:
    """Print precision and recall, and how many of each kind were found."""
    pairs = read_pairs(PAIRS)
    failed = failed_pairs(pairs)
    total = score(pairs, failed)
    console = Console()
    console.print(
        f"{total.labelled} pairs, {len(pairs) - total.labelled} traps: "
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
