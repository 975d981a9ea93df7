"""How well the sections of articles are decided, on headlines invented for it.

    python -m benchmarks.sections

See README.md in this folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from aggregator.process.analysis.word_features import analyze_text
from aggregator.process.sections.deciding import section_of_categories, section_of_words
from aggregator.types.sections import SECTIONS
from benchmarks.scores import Score

LABELLED = Path(__file__).resolve().parent.parent / "tests" / "data" / "sections"
MIN_PRECISION = 0.85


@dataclass(frozen=True)
class Labelled:
    """A headline with its summary and category ("" for none), and the section it belongs to."""

    section: str
    language: str
    title: str
    summary: str
    category: str

    def decided(self) -> str:
        """The section that the program decides; "" for none."""
        names = [self.category] if self.category else []
        head, text = analyze_text(self.title), analyze_text(self.summary)
        return section_of_categories(names, {}) or section_of_words(head[:2], text[:2])


def labelled() -> list[Labelled]:
    """The labelled headlines of all languages."""
    return [
        Labelled(section, file.stem, title, summary, category)
        for file in sorted(LABELLED.glob("*.tsv"))
        for line in file.read_text("utf-8").splitlines()
        for section, title, summary, category in [line.split("\t")]
    ]


def score(name: str, articles: Iterable[tuple[Labelled, str]]) -> Score:
    """Score (headline, decided section) pairs."""
    pairs = list(articles)
    decided = [(each, section) for each, section in pairs if section]
    right = sum(each.section == section for each, section in decided)
    return Score(name, len(pairs), len(decided), right)


def scores(articles: Sequence[Labelled]) -> list[Score]:
    """By language, by decided section, those without a category, and all."""
    pairs = [(each, each.decided()) for each in articles]
    languages = sorted({each.language for each in articles})
    found = [
        score(code, (pair for pair in pairs if pair[0].language == code)) for code in languages
    ]
    found += [_of_section(section, pairs) for section in SECTIONS]
    found.append(score("by words only", (pair for pair in pairs if not pair[0].category)))
    return [*found, score("all", pairs)]


def _of_section(section: str, pairs: Sequence[tuple[Labelled, str]]) -> Score:
    decided = sum(found == section for _, found in pairs)
    right = sum(each.section == found == section for each, found in pairs)
    return Score(section, sum(each.section == section for each, _ in pairs), decided, right)


@click.command()
@click.option("--wrong", is_flag=True, help="List the headlines with another section, or none.")
def main(wrong: bool) -> None:
    """Decide the sections of labelled headlines, and print how many are right."""
    articles = labelled()
    shown = Table(title=f"{len(articles)} headlines", title_justify="left")
    shown.add_column("")
    for heading in ("headlines", "with a section", "right", "precision", "recall"):
        shown.add_column(heading, justify="right")
    for each in scores(articles):
        cells = (each.labelled, each.found, each.right)
        rates = (f"{each.precision:.3f}", f"{each.recall:.3f}")
        shown.add_row(each.name, *map(str, cells), *rates)
    console = Console(highlight=False, soft_wrap=True)
    console.print(shown)
    if wrong:
        for article in articles:
            if (found := article.decided()) != article.section:
                console.print(f"{article.section} -> {found or '–'}: {article.title}")
    if scores(articles)[-1].precision < MIN_PRECISION:
        raise click.ClickException(f"precision is below {MIN_PRECISION}")


if __name__ == "__main__":
    main()
