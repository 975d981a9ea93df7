"""How well reprints of dispatches are recognised, on texts invented for it.

    python -m benchmarks.reprints            precision and recall, by what was edited
    python -m benchmarks.reprints --wrong    and each pair that was decided wrongly

See README.md in this folder.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from aggregator.process.analysis.story_features import story_features
from aggregator.process.stories import clustering
from aggregator.process.stories.similarity import story_vector
from aggregator.text.tokens import folded_words
from benchmarks.scores import Score

LABELLED = Path(__file__).resolve().parent.parent / "tests" / "data" / "reprints"
MIN_PRECISION, MIN_RECALL = 0.97, 0.9
BEGAN = datetime(2026, 11, 12, 8, tzinfo=UTC)
OWN, BULLETIN = "own text", "bulletin"


@dataclass(frozen=True)
class Text:
    """An article of an outlet, as clustering sees it."""

    language: str
    title: str
    body: str


@dataclass(frozen=True)
class Pair:
    """Two texts, and how the second was made of the first; `kind` says what was edited."""

    kind: str
    first: Text
    second: Text

    @property
    def is_reprint(self) -> bool:
        """Whether the second text was made of the first one."""
        return self.kind not in (OWN, BULLETIN)


@dataclass(frozen=True)
class PairScore(Score):
    """Of some pairs, labelled if one is a reprint of the other."""

    pairs: int


def labelled() -> list[Pair]:
    """All labelled pairs."""
    tables = [tomllib.loads(file.read_text("utf-8")) for file in sorted(LABELLED.glob("*.toml"))]
    found = [pair for table in tables for each in table["dispatch"] for pair in _pairs(each)]
    return found + [pair for table in tables for each in table["bulletin"] for pair in _forms(each)]


def score(name: str, pairs: Iterable[Pair], *, swapped: bool = False) -> PairScore:
    """Decide pairs as the poller does; `swapped`: the second text arrives first."""
    pairs = list(pairs)
    decided = [(pair, is_found(pair, swapped=swapped)) for pair in pairs]
    return PairScore(
        name,
        labelled=sum(pair.is_reprint for pair in pairs),
        found=sum(found for _, found in decided),
        right=sum(found and pair.is_reprint for pair, found in decided),
        pairs=len(pairs),
    )


def is_found(pair: Pair, *, swapped: bool = False) -> bool:
    """Whether the later text of a pair is called a reprint of the earlier one.

    Both arrive from different sources, after all other dispatches.
    """
    one, two = (pair.second, pair.first) if swapped else (pair.first, pair.second)
    others = [text for text in _dispatches() if text not in (one, two)]
    *_, last = _arrive([*others, one, two])
    return last.reprint_of == len(others) + 1


def scores(pairs: Sequence[Pair]) -> list[PairScore]:
    """By what was edited, by language, and all, in both orders of arrival."""
    kinds = dict.fromkeys(pair.kind for pair in pairs)
    found = [score(kind, (pair for pair in pairs if pair.kind == kind)) for kind in kinds]
    languages = dict.fromkeys(pair.first.language for pair in pairs)
    found += [
        score(code, (pair for pair in pairs if pair.first.language == code)) for code in languages
    ]
    swapped = score("all, the reprint first", pairs, swapped=True)
    return [*found, swapped, score("all", pairs)]


def _arrive(texts: Sequence[Text]) -> list[clustering.StoryAssignment]:
    """Assign texts in the order of their arrival, half an hour apart."""
    window = clustering.StoryWindow()
    words = {number: folded_words(text.body) for number, text in enumerate(texts, 1)}
    found = []
    for number, text in enumerate(texts, 1):
        features = story_features(text.title, text.body)
        at = BEGAN + number * timedelta(minutes=30)
        entry = story_vector(number, number, text.language, at, features, window.frequencies)
        terms = clustering.index_terms(entry)
        candidates = clustering.find_candidates(entry, terms, window.postings)
        clustering.add_postings(number, terms, window.postings)
        assignment = clustering.assign_story(entry, candidates, window, words.__getitem__)
        clustering.add_to_window(entry, assignment, window)
        found.append(assignment)
    return found


def _dispatches() -> list[Text]:
    tables = [tomllib.loads(file.read_text("utf-8")) for file in sorted(LABELLED.glob("*.toml"))]
    return [_dispatch(each) for table in tables for each in table["dispatch"]]


def _dispatch(table: dict[str, Any]) -> Text:
    return Text(table["language"], table["title"], "\n".join(table["paragraphs"]))


def _pairs(table: dict[str, Any]) -> Iterator[Pair]:
    """A dispatch with each of its reprints, and all pairs with texts of other desks."""
    dispatch = _dispatch(table)
    for edit in table["reprint"]:
        body = _edited(table["paragraphs"], edit)
        yield Pair(edit["kind"], dispatch, Text(dispatch.language, edit["title"], body))
    own = [Text(dispatch.language, dispatch.title, each["text"]) for each in table.get("own", ())]
    for one, two in combinations([dispatch, *own], 2):
        yield Pair(OWN, one, two)


def _edited(paragraphs: Sequence[str], edit: dict[str, Any]) -> str:
    chosen = [paragraphs[place] for place in edit.get("paragraphs", range(len(paragraphs)))]
    text = "\n".join([edit.get("lead", ""), *chosen, edit.get("tail", "")]).strip()
    for old, new in edit.get("replace", ()):
        if old not in text:
            raise ValueError(f"{edit['title']}: {old!r} is not in the text")
        text = text.replace(old, new)
    return text


def _forms(table: dict[str, Any]) -> Iterator[Pair]:
    filled = [table["form"].format(*values) for values in table["values"]]
    texts = [Text(table["language"], " ".join(body.split()[:9]), body) for body in filled]
    return (Pair(BULLETIN, one, two) for one, two in combinations(texts, 2))


@click.command()
@click.option("--wrong", is_flag=True, help="List the pairs that were decided wrongly.")
def main(wrong: bool) -> None:
    """Decide the labelled pairs, and print precision and recall."""
    pairs = labelled()
    found = scores(pairs)
    shown = Table(title=f"{len(pairs)} pairs", title_justify="left")
    shown.add_column("")
    for heading in ("pairs", "reprints", "found", "right", "precision", "recall"):
        shown.add_column(heading, justify="right")
    for each in found:
        counts = (each.pairs, each.labelled, each.found, each.right)
        shown.add_row(each.name, *map(str, counts), f"{each.precision:.3f}", f"{each.recall:.3f}")
    console = Console(highlight=False, soft_wrap=True)
    console.print(shown)
    for pair in pairs if wrong else ():
        if is_found(pair) != pair.is_reprint:
            console.print(f"{pair.kind}: {pair.first.title} / {pair.second.title}")
    if found[-1].precision < MIN_PRECISION or found[-1].recall < MIN_RECALL:
        raise click.ClickException(f"below {MIN_PRECISION} precision or {MIN_RECALL} recall")


if __name__ == "__main__":
    main()
