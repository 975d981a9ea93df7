"""Find the words that own what looks like a clitic or an ending, by evidence in a vocabulary.

    python -m benchmarks.stem_evidence VOCABULARY [--write]

VOCABULARY has a word and its frequency a line, separated by white space, of several hundred
thousand words of Arabic; the lists in the repository were found in the large Arabic list of the
package `wordfreq` (frequencies per billion words). Prints how each list differs from the one in
`aggregator/text/data`, and replaces those with --write.

- **initials**: the article stands before the whole word (الوزارة), or what is left without the
  first letter hardly occurs.
- **endings**: forms of relation and number of the whole word occur (لبناني, قانونية, حيوانات).
- **feminines**: the rest without ة is a word of its own (شرط, دور), and no adjective: those have
  plurals in ون and ين.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from aggregator.text.arabic_stems import bare_word
from aggregator.text.function_words import is_function_word
from aggregator.text.normalize import fold_word
from aggregator.text.word_lists import WordLists, word_lists

DATA = Path(__file__).parents[1] / "aggregator/text/data"
_ARTICLES = ("ال", "وال", "بال", "كال", "فال")

# Minimum frequency, per billion words, of a word worth a place in a list.
MIN_FREQUENCY = 800.0
# Of its frequency, what stands behind the article where a first letter is the word's own.
DEFINITE_SHARE = 0.04
# The same where the rest is a word this many times as frequent: "at the meeting", and Balqa.
COMMON_REST, COMMON_DEFINITE_SHARE = 8.0, 0.4
# A rest rarer than this share of the whole is hardly a word.
RARE_REST = 0.12
# Of its frequency, what its relatives have where an ending is the word's own.
RELATIVE_SHARE = 0.02
# Of its frequency, what is written with ة where a word is a feminine, and not a word with "his".
FEMININE_SHARE = 0.5
# A rest as frequent as this share of the feminine is a word of its own.
REST_SHARE = 0.1
# Of the rest's frequency, what its plurals in ون and ين have where it is an adjective.
PLURAL_SHARE = 0.12


class Vocabulary:
    """Frequencies of folded words."""

    def __init__(self, frequencies: Iterable[tuple[str, float]]) -> None:
        self.bare: dict[str, float] = defaultdict(float)
        self.definite: dict[str, float] = defaultdict(float)
        # With or without the article, written with ة: a pronoun is written ه.
        self.feminine: dict[str, float] = defaultdict(float)
        for written, frequency in frequencies:
            word = fold_word(written)
            if not ("\u0620" <= word[:1] <= "\u06ff") or is_function_word(word):
                continue
            self.bare[word] += frequency
            for article in _ARTICLES:
                if word.startswith(article) and len(word) - len(article) >= 2:
                    word = word[len(article) :]
                    self.definite[word] += frequency
                    break
            if written.endswith("ة"):
                self.feminine[word] += frequency

    def of(self, word: str) -> float:
        """Frequency of a word, alone or behind the article."""
        return self.bare.get(word, 0.0) + self.definite.get(word, 0.0)

    def words(self) -> list[str]:
        """Every word without an article that occurs often enough, alone or behind one."""
        known = self.bare.keys() | self.definite.keys()
        return sorted(
            word
            for word in known
            if self.of(word) >= MIN_FREQUENCY and not word.startswith((*_ARTICLES, "لل"))
        )


def endings(vocabulary: Vocabulary, lists: WordLists) -> set[str]:
    """Words that end like a plural, a dual or a pronoun, and have relatives of the whole."""
    found = set()
    for word in vocabulary.words():
        if len(word) < 4:
            continue
        if word.endswith(("ان", "ون", "ين")):
            relatives = sum(
                vocabulary.of(word + ending)
                for ending in ("ي", "يه", "يين", "يون", "ات", "يا", "ه", "ها", "هم")
            )
            if relatives >= RELATIVE_SHARE * vocabulary.of(word):
                found.add(word)
        elif word.endswith(("ت", "نا", "هم", "كم", "هن", "ها", "ا")):
            definite = vocabulary.definite.get(word, 0.0)
            if (
                definite >= DEFINITE_SHARE * vocabulary.of(word)
                and not (
                    word.endswith("ات")
                    and vocabulary.of(word[:-2] + "ه") >= 0.1 * vocabulary.of(word)
                )
                and (not word.endswith("ات") or len(word) < 6)
            ):
                found.add(word)
    found = {word for word in found if not word.endswith("ا") or word.endswith(("نا", "ها"))}
    return _without_compounds(found | lists.endings, vocabulary) & found


def _without_compounds(found: set[str], vocabulary: Vocabulary) -> set[str]:
    """Leave out words that are a more frequent one behind a proclitic."""
    return {
        word
        for word in found
        if word[0] not in "وبلفك"
        or word[1:] not in found
        or vocabulary.of(word[1:]) < vocabulary.of(word)
    }


def feminines(vocabulary: Vocabulary, lists: WordLists) -> set[str]:
    """Words in ة whose rest is another word."""
    found = set()
    for word in vocabulary.words():
        rest = word[:-1]
        if vocabulary.feminine.get(word, 0.0) < FEMININE_SHARE * vocabulary.of(word):
            continue
        if len(rest) == 2:
            found.add(word)
        elif len(rest) == 3 or word.endswith("ايه"):
            stem = bare_word(word, lists)
            of_rest = max(vocabulary.of(rest), vocabulary.of(stem))
            plurals = sum(vocabulary.of(rest + ending) for ending in ("ون", "ين"))
            if of_rest >= REST_SHARE * vocabulary.of(word) and plurals < PLURAL_SHARE * of_rest:
                found.add(word)
    return _without_compounds(found | lists.feminines, vocabulary) & found


def initials(vocabulary: Vocabulary, lists: WordLists) -> set[str]:
    """Stems whose first letter is their own."""
    alone: dict[str, float] = defaultdict(float)
    definite: dict[str, float] = defaultdict(float)
    usual: dict[str, str] = {}
    for word, frequency in sorted(vocabulary.bare.items(), key=lambda each: -each[1]):
        stem = bare_word(word, lists)
        alone[stem] += frequency
        usual.setdefault(stem, word)
    for word, frequency in vocabulary.definite.items():
        definite[bare_word(word, lists)] += frequency
    found = set()
    for stem, frequency in alone.items():
        if stem[0] not in "وبل" or len(stem) < 3 or frequency < MIN_FREQUENCY:
            continue
        rest = bare_word(usual[stem][1:], lists)
        if _is_own(stem, rest, alone, definite):
            found.add(stem)
    return found


def _is_own(
    stem: str, rest: str, alone: Mapping[str, float], definite: Mapping[str, float]
) -> bool:
    frequency = alone[stem]
    of_rest = alone.get(rest, 0.0) + definite.get(rest, 0.0)
    share = DEFINITE_SHARE if of_rest < COMMON_REST * frequency else COMMON_DEFINITE_SHARE
    if definite.get(stem, 0.0) >= share * frequency:
        return True
    if stem.startswith((*_ARTICLES, "لل")):
        return False
    return of_rest < RARE_REST * frequency


def _write(name: str, words: set[str]) -> None:
    lines = [
        f"# Found by benchmarks.stem_evidence; see there. To add to it by hand: {name}_chosen.txt"
    ]
    line = ""
    for word in sorted(words):
        if len(line) + len(word) > 98:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    (DATA / f"{name}.txt").write_text("\n".join([*lines, line, ""]), "utf-8")


@click.command()
@click.argument("vocabulary", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--write", is_flag=True, help="Replace the lists.")
def main(vocabulary: Path, write: bool) -> None:
    """Compare the lists with the evidence."""
    rows = (line.split() for line in vocabulary.read_text("utf-8").splitlines())
    known = Vocabulary((word, float(frequency)) for word, frequency in rows)
    lists = word_lists()
    for name, find in (("endings", endings), ("feminines", feminines), ("initials", initials)):
        found = find(known, lists)
        old: frozenset[str] = getattr(lists, name)
        click.echo(f"{name}: {len(found)}, {len(found - old)} new, {len(old - found)} gone")
        lists = lists._replace(**{name: old | found})
        if write:
            _write(name, found)


if __name__ == "__main__":
    main()
