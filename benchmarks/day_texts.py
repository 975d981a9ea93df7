"""Invented news in words as frequent as they are in a language.

Words are drawn one by one with the shares that the package wordfreq gives them, so texts mean
nothing but have the vocabulary of a language: few frequent words, a long tail, and `NEW_WORDS` that
no list has. Texts of one event share its names, figures and subject.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

from benchmarks import venvs
from benchmarks.vocabulary import derived_word

LANGUAGES = ("ar", "fr", "en")
# Share of words that are in no list: new names, misspellings.
NEW_WORDS = 0.015
# Words of an event: from these ranks of the list, the most frequent first.
_NAME_RANKS = (5_000, 60_000)
_SUBJECT_RANKS = (300, 6_000)
_NAMES = 8
_SUBJECT = 40
# Share of an event's own words in its texts, and of its subject.
_SHARE_OF_NAMES, _SHARE_OF_SUBJECT = 0.12, 0.28
_SYLLABLES = "ba ci da fe ga lo ma ni pa ro sa te vi zo mar ter lin cour dal bou".split()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a language, the most frequent first, with their shares added up."""

    language: str
    words: Sequence[str]
    cumulative: Sequence[float]

    def draw(self, random: Random, count: int) -> list[str]:
        """`count` words, as frequent as in the language; some of them new."""
        words = random.choices(self.words, cum_weights=self.cumulative, k=count)
        for position in range(count):
            if random.random() < NEW_WORDS:
                words[position] = self.coin(random)
        return words

    def coin(self, random: Random) -> str:
        """A word that is hardly in the list."""
        if self.language == "ar":
            return derived_word(random) + random.choice(("", "ي", "ية", "ات"))
        return "".join(random.choices(_SYLLABLES, k=random.randint(3, 4)))

    def of_ranks(self, random: Random, ranks: tuple[int, int], count: int) -> list[str]:
        """`count` different words among those ranks."""
        return [self.words[rank] for rank in random.sample(range(*ranks), count)]


def load_vocabularies() -> Mapping[str, Vocabulary]:
    """The words of `LANGUAGES`; installs wordfreq in an environment of its own at first."""
    venvs.install("words", ("wordfreq",), ("-c", "import wordfreq"))
    script = str(Path(__file__).with_name("word_frequencies.py"))
    command = [venvs.python_of("words"), script, *LANGUAGES]
    found = json.loads(venvs.checked(command, "The frequencies of words could not be read."))
    return {
        language: Vocabulary(language, lists["words"], list(accumulate(lists["shares"])))
        for language, lists in found.items()
    }


@dataclass(frozen=True, slots=True)
class Subject:
    """What the texts of one event have in common."""

    names: Sequence[str]
    words: Sequence[str]


def subject_of(vocabulary: Vocabulary, seed: str) -> Subject:
    """The subject of the event `seed`: names, of which two are new, two figures, and words."""
    random = Random(seed)
    names = vocabulary.of_ranks(random, _NAME_RANKS, _NAMES - 4)
    names += [vocabulary.coin(random), vocabulary.coin(random)]
    names += [str(random.randint(11, 9_999)), str(random.randint(2, 900))]
    return Subject(names, vocabulary.of_ranks(random, _SUBJECT_RANKS, _SUBJECT))


@dataclass(frozen=True, slots=True)
class Text:
    """A title and paragraphs."""

    title: str
    paragraphs: Sequence[str]


def write_text(vocabulary: Vocabulary, subject: Subject, seed: str, words: int) -> Text:
    """A text of about `words` words on `subject`; another seed tells the same in other words."""
    random = Random(seed)
    title = vocabulary.draw(random, random.randint(4, 8)) + random.sample(subject.names[:6], 3)
    random.shuffle(title)
    paragraphs, written = [], 0
    while written < words:
        sentences = [_sentence(vocabulary, subject, random) for _ in range(random.randint(1, 3))]
        written += sum(map(len, sentences))
        paragraphs.append(" ".join(" ".join(sentence) + "." for sentence in sentences))
    return Text(" ".join(title), paragraphs)


def _sentence(vocabulary: Vocabulary, subject: Subject, random: Random) -> list[str]:
    words = vocabulary.draw(random, random.randint(10, 25))
    for position in range(len(words)):
        share = random.random()
        if share < _SHARE_OF_NAMES:
            words[position] = random.choice(subject.names)
        elif share < _SHARE_OF_NAMES + _SHARE_OF_SUBJECT:
            words[position] = random.choice(subject.words)
    return words
