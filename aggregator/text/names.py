"""Names of Morocco's places, persons and institutions in both scripts, and spellings of them.

The tables `places`, `people` and `institutions` in `data/` have a name a line. Unlike those of
`equivalents`, these names are matched as written, behind proclitics: by its stem مصراتة (Misrata)
would be مصر (Egypt). A spelling that no table has is recognized by its sound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import chain

from aggregator.text.equivalents import equivalents
from aggregator.text.function_words import is_function_word
from aggregator.text.name_sounds import Sound, consonants, is_arabic, latin_variants, sounds_of
from aggregator.text.tokens import folded_words
from aggregator.text.word_lists import read_lines

Words = tuple[str, ...]
# The names of a line, folded.
Group = tuple[Words, ...]
_OWN = ("places", "people", "institutions")
# Those whose names are spelt, not translated; `names` is one of the tables of `equivalents`.
_SPELT = ("names", "places", "people")
# In front of a name; phrases have the same, other clitics are rare there.
_WITH_ARTICLE = ("ال", "وال", "بال", "لل")
_WITHOUT_ARTICLE = ("", "و", "ب", "ل")


class NameTables:
    """Groups of names, found by each name and by what may be another spelling of one."""

    def __init__(self, groups: Iterable[Group], spelt: Iterable[Group] = ()) -> None:
        """Take groups to find by their names, and those to find by their spellings, too."""
        self._known: dict[Words, list[Group]] = defaultdict(list)
        self._by_sound: dict[str, dict[Group, list[Sound]]] = defaultdict(dict)
        self._spelt: set[Words] = set()
        for group in groups:
            for name in group:
                for typed in {name, _without_function_words(name)}:
                    self._known[typed].append(group)
        for group in spelt:
            for name in _transliterated(group):
                self._spelt.add(name)
                for sound in sounds_of(name):
                    self._by_sound[sound.key].setdefault(group, []).append(sound)
        self.longest = max(map(len, self._known), default=1)

    def of(self, words: Sequence[str]) -> list[Words]:
        """List the other spellings of a name of these folded words in a row; often nothing."""
        own = tuple(words)
        if not own:
            return []
        groups = self._known.get(own)
        if groups is None:  # `equivalents` has what the words of its own tables stand for
            groups = [] if equivalents().of(own) else self._similar(own)
        names = dict.fromkeys(chain.from_iterable(groups))
        for name in tuple(names):
            if name in self._spelt and not is_arabic(name[0]):
                names.update(dict.fromkeys(latin_variants(name)))
        names.pop(own, None)
        return list(names)

    def _similar(self, own: Words) -> list[Group]:
        """The groups with a name of which this is a spelling that they do not have."""
        return [
            group
            for sound in sorted(sounds_of(own))
            for group, known in self._by_sound.get(sound.key, {}).items()
            if any(map(sound.is_like, known))
        ]


def _transliterated(group: Group) -> Iterator[Words]:
    """Yield the names in Arabic script, and those in Latin letters that spell one: not Le Caire."""
    arabic = [name for name in group if is_arabic(name[0])]
    yield from arabic
    skeletons = set(map(consonants, arabic))
    yield from (name for name in group if name not in arabic and consonants(name) in skeletons)


def _without_function_words(name: Words) -> Words:
    """As a query has it, of whose words these are left out; the whole name if one is left."""
    kept = tuple(word for word in name if not is_function_word(word))
    return kept if len(kept) > 1 else name


@cache
def names() -> NameTables:
    """Read the tables."""
    return NameTables(_read(_OWN), _read(_SPELT))


def _read(files: Iterable[str]) -> list[Group]:
    groups: list[Group] = []
    for file in files:
        for line in read_lines(file):
            group = tuple(tuple(folded_words(name)) for name in line.split(","))
            groups += _surnames_apart(group) if file == "people" else [group]
    return groups


def _surnames_apart(group: Group) -> list[Group]:
    """Split a person's names into whole ones and surnames, if there are both in both scripts.

    A search for the whole name should not find all that have the surname.
    """
    alone = tuple(name for name in group if len(name) == 1)
    whole = tuple(name for name in group if len(name) > 1)
    scripts = ({is_arabic(name[0]) for name in each} for each in (alone, whole))
    return [whole, alone] if all(len(each) > 1 for each in scripts) else [group]


@lru_cache(maxsize=5_000)
def printed_names(name: Words) -> tuple[Words, ...]:
    """List how a name may be printed: alone, or behind the usual proclitics."""
    first, *rest = name
    if not is_arabic(first):
        return (name,)
    if first.startswith("ال") and len(first) > 3:
        return tuple((f"{clitic}{first[2:]}", *rest) for clitic in _WITH_ARTICLE)
    return tuple((f"{clitic}{first}", *rest) for clitic in _WITHOUT_ARTICLE)
