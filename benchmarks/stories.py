"""How well stories are made, beside other rules on the same entries, and what it costs.

python -m benchmarks.stories                       the project's own texts, labelled by event
python -m benchmarks.stories --set FILE            and another set, or every set of a folder:
                                                   language by language and all of them together
python -m benchmarks.stories --cost 10000,100000   and the CPU of an entry, by the window's size
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from aggregator.process.analysis.story_features import story_features
from aggregator.process.stories import clustering
from aggregator.process.stories.keys import STORY_WINDOW
from aggregator.process.stories.similarity import story_vector
from aggregator.text.tokens import folded_words
from benchmarks import stories_sets
from benchmarks.stories_baselines import BASELINES
from benchmarks.stories_data import (
    LabelledEntry,
    all_texts,
    demo_columns,
    held_out_texts,
    lookalike_texts,
    own_texts,
)
from benchmarks.stories_large import large_event
from benchmarks.stories_scores import bcubed, clusters_per_event, pairwise, within_and_across
from benchmarks.vocabulary import Writer

# Languages whose words Marsad knows.
LANGUAGES = ("ar", "fr", "en")
SEVERAL = 2
ORDERS = 12


@dataclass(slots=True)
class Run:
    """The method as it runs in Marsad, over a stream that is kept in memory."""

    window: clustering.StoryWindow
    texts: dict[int, str]
    sources: dict[str, int]

    def put(self, number: int, entry: LabelledEntry) -> int:
        """The story of one more entry."""
        self.texts[number] = entry.text
        source = self.sources.setdefault(entry.source, len(self.sources))
        terms = story_features(entry.title, entry.text)
        frequencies = self.window.frequencies
        one = story_vector(number, source, entry.language, entry.at, terms, frequencies)
        under = clustering.index_terms(one)
        candidates = clustering.find_candidates(one, under, self.window.postings)
        clustering.add_postings(number, under, self.window.postings)
        placement = clustering.assign_story(one, candidates, self.window, self._words)
        clustering.add_to_window(one, placement, self.window)
        return placement.story

    def _words(self, number: int) -> list[str]:
        return folded_words(self.texts[number])


def marsad(entries: Sequence[LabelledEntry]) -> list[int]:
    """The stories of `entries`, in their order."""
    run = Run(clustering.StoryWindow(), {}, {})
    for number, entry in enumerate(entries, 1):
        run.put(number, entry)
    return [run.window.story_of[number] for number in range(1, len(entries) + 1)]


def main() -> None:
    """Print what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--set", type=Path, action="append", default=[], help="a file or a folder")
    parser.add_argument("--languages", default=",".join(LANGUAGES), help="of other sets")
    parser.add_argument("--cost", default="", help="sizes of the window, such as 10000,100000")
    options = parser.parse_args()
    compare("own texts, by which thresholds were chosen", own_texts())
    compare("own texts, unseen", held_out_texts())
    compare("own texts, all", all_texts())
    compare("own texts, events of one kind", lookalike_texts())
    first_polls(all_texts())
    compare("a large event in 40 turns, generated", large_event(), baselines=False)
    compare("the demo and ten hours of its columns", demo_columns())
    for path in (path for given in options.set for path in stories_sets.files(given)):
        compare_set(path, options.languages.split(","))
    for size in filter(None, options.cost.split(",")):
        cost(int(size))


def first_polls(entries: Sequence[LabelledEntry]) -> None:
    """Marsad on entries that arrive source by source, as on a first poll, in several orders."""
    found = []
    for seed in range(ORDERS):
        sources = sorted({entry.source for entry in entries})
        random.Random(seed).shuffle(sources)
        arriving = sorted(entries, key=lambda entry: (sources.index(entry.source), entry.at))
        found.append(pairwise([entry.event for entry in arriving], marsad(arriving)))
    precision = sum(each.precision for each in found) / ORDERS
    recall = sum(each.recall for each in found) / ORDERS
    worst = min(each.recall for each in found)
    print(
        f"\nsource by source, the mean of {ORDERS} orders: {precision:.3f} {recall:.3f}"
        f" (at worst {min(each.precision for each in found):.3f}, {worst:.3f})"
    )


def compare_set(path: Path, languages: Sequence[str]) -> None:
    """Marsad and the baselines on a set of a file, in some languages and in all of these."""
    print(f"\n{path.name}: {stories_sets.about(path)}")
    entries = [entry for entry in stories_sets.load(path) if entry.language in languages]
    each = stories_sets.by_language(entries)
    for language, found in each.items():
        compare(f"{path.name}, {language}", found)
    if len(each) > 1:
        compare(f"{path.name}, {' '.join(each)}", entries)


def compare(name: str, entries: Sequence[LabelledEntry], baselines: bool = True) -> None:
    """Marsad on one set, and the baselines, which compare all pairs."""
    gold = [entry.event for entry in entries]
    print(f"\n{name}: {len(entries)} entries of {len(set(gold))} events")
    print(
        f"{'':20}{'pairwise':^21}{'BCubed':^21}{'stories':>9}{'largest':>9}{'entries':>9}\n"
        f"{'':20}{'P':>7}{'R':>7}{'F1':>7}{'P':>7}{'R':>7}{'F1':>7}{'per event':>9}"
        f"{'':9}{'per s':>9}"
    )
    methods: dict[str, Callable[[Sequence[LabelledEntry]], list[int]]] = {
        "Marsad": marsad,
        **(BASELINES if baselines else {}),
    }
    for label, method in methods.items():
        began = time.process_time()
        found = method(entries)
        took = max(time.process_time() - began, 1e-6)
        pairs, each = pairwise(gold, found), bcubed(gold, found)
        largest = max(Counter(found).values())
        print(
            f"{label:20}{pairs.precision:7.3f}{pairs.recall:7.3f}{pairs.f1:7.3f}"
            f"{each.precision:7.3f}{each.recall:7.3f}{each.f1:7.3f}"
            f"{clusters_per_event(gold, found):9.2f}{largest:9}{len(entries) / took:9.0f}"
        )
        if label == "Marsad":
            by_language(entries, found)


def by_language(entries: Sequence[LabelledEntry], found: Sequence[int]) -> None:
    """The pairs within a language and across two, where there are several."""
    languages = [entry.language for entry in entries]
    if len(set(languages)) < SEVERAL:
        return
    both = within_and_across([entry.event for entry in entries], found, languages)
    for name, pairs in zip(("within a language", "across languages"), both, strict=True):
        print(f"  {name:18}{pairs.precision:7.3f}{pairs.recall:7.3f}{pairs.f1:7.3f}")


def cost(size: int) -> None:
    """CPU of one more entry with `size` in the window: made-up texts, one in four a reprint."""
    run, chance = Run(clustering.StoryWindow(), {}, {}), random.Random(size)
    began = datetime(2026, 1, 1, tzinfo=UTC)
    step = STORY_WINDOW / size
    entries = [_made_up(number, began + number * step) for number in range(size + 1000)]
    for number in range(1, size + 1000):
        if number % 4 == 0:
            original = entries[chance.randrange(max(0, number - 50), number)]
            entries[number] = replace(
                original, source=entries[number].source, at=entries[number].at
            )
    for number, entry in enumerate(entries[:size]):
        run.put(number + 1, entry)
    start = time.process_time()
    for number, entry in enumerate(entries[size:], size):
        run.put(number + 1, entry)
    took = (time.process_time() - start) / (len(entries) - size)
    print(f"\n{size:,} entries in the window: {took * 1000:.2f} ms of CPU an entry")


def _made_up(number: int, at: datetime) -> LabelledEntry:
    writer = Writer(f"story {number}")
    title, body = writer.headline(), " ".join(writer.sentence() for _ in range(12))
    return LabelledEntry(title, body, f"source-{number % 200}", "ar", at, "")


if __name__ == "__main__":
    main()
