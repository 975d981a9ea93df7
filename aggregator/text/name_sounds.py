"""How names of people and places sound in either script, whoever spells them. Pure.

Newspapers have several letters for one sound (ou, u, w; ch, sh; ط, ت): two spellings in one script
are those of one name if they sound alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_ARTICLE = "ال"
_LATIN_ARTICLES = ("al", "el", "l")
# What is read alike in French and English spellings; applied in order.
_LATIN_SOUNDS = tuple(
    (re.compile(spelling), sound)
    for spelling, sound in (
        ("kh", "x"), ("gh", "G"), ("t?ch|sch|sh", "S"), ("dj", "j"), ("ph", "f"), ("th", "t"),
        ("dh", "d"), ("c(?=[eiy])", "s"), ("qu(?=[eiy])|[cqk]", "k"), ("gu(?=[eiy])", "g"),
        ("ee", "i"), ("ou|[ouw]", "u"), ("[iy]", "i"), ("(?<=[^aeui])e$", ""), ("[ae]h?$", "a"),
        ("e", "a"), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip
_ARABIC_SOUNDS = str.maketrans(
    {"غ": "ك", "ص": "س", "ط": "ت", "ث": "ت", "ض": "د", "ظ": "د", "ذ": "د"}
    | dict.fromkeys("ء ", "")
)  # fmt: skip
_CLASSES = str.maketrans(
    dict.fromkeys("سصزشSsz", "S") | dict.fromkeys("قكخغجxGjkg", "K")
    | dict.fromkeys("تطثدضذظtd", "T") | dict.fromkeys("بفbpfv", "B")
    | {"ر": "R", "ل": "L", "م": "M", "ن": "N", "r": "R", "l": "L", "m": "M", "n": "N"}
    | dict.fromkeys("اويعءهحauih' ", "")
)  # fmt: skip
_REPEATED = re.compile(r"(.)\1+")
# The vowels that one spelling may have and another not, inside: Bni, Beni; ورزازات, وارزازات.
_OPTIONAL = re.compile("(?<=.)[aا](?=.)")
# Shorter names are too like other words to accept spellings that no table has.
MIN_LETTERS = 5
_MIN_KEY = 5
# What English and newer spellings have for what French ones have, and the other way round.
_LATIN_HABITS = (("ou", "u"), ("ch", "sh"), ("sh", "ch"), ("dj", "j"))
_DOUBLED = re.compile(r"([b-df-hj-np-tv-z])\1")
# Maximum spellings to add to one name.
_MAX_VARIANTS = 6


def is_arabic(word: str) -> bool:
    """Whether a folded word is in Arabic script."""
    return "\u0620" <= word[:1] <= "\u06ff"


class Sound(NamedTuple):
    """How a name sounds, whoever spells it."""

    key: str
    """Its consonants and long vowels, but for an a inside."""
    text: str
    """The same with it."""

    def is_like(self, other: Sound) -> bool:
        """Whether both may be spellings of one name: at most one a apart, if they are long."""
        if self.text == other.text:
            return True
        short, long = sorted((self.text, other.text), key=len)
        return (
            self.key == other.key
            and MIN_LETTERS <= len(short) == len(long) - 1
            and any(long[:at] + long[at + 1 :] == short for at in range(1, len(short)))
        )


def sounds_of(name: Sequence[str]) -> set[Sound]:
    """How a name may be read, in Latin letters also without its articles; empty for a short one."""
    if is_arabic(name[0]):
        bare = sum(len(word.removeprefix(_ARTICLE)) for word in name)
        return {_arabic_sound("".join(name))} if bare >= MIN_LETTERS else set()
    spoken = {"".join(name), "".join(word for word in name if word not in _LATIN_ARTICLES)}
    found = {_latin_sound(each) for each in spoken if len(each) >= MIN_LETTERS}
    return {sound for sound in found if len(sound.key) >= _MIN_KEY}


def consonants(name: Sequence[str]) -> str:
    """The classes of a name's consonants, the same for a name and its transliteration."""
    letters = "".join(word.removeprefix(_ARTICLE) for word in name)
    if not is_arabic(name[0]):
        letters = _latin_sound("".join(w for w in name if w not in _LATIN_ARTICLES)).text
    return _REPEATED.sub(r"\1", letters.translate(_CLASSES))


def _arabic_sound(letters: str) -> Sound:
    text = letters.translate(_ARABIC_SOUNDS)
    text = f"{text[:-1]}ا" if text.endswith("ه") else text
    return Sound(_OPTIONAL.sub("", text), text)


def _latin_sound(letters: str) -> Sound:
    for spelling, sound in _LATIN_SOUNDS:
        letters = spelling.sub(sound, letters)
    return Sound(_OPTIONAL.sub("", letters), letters)


def latin_variants(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield further usual spellings of a name in Latin letters, by one habit or several together.

    At most `_MAX_VARIANTS`, none for short names.
    """
    name = " ".join(words)
    if len(name) < MIN_LETTERS:
        return
    found = {name: None}
    for old, new in _LATIN_HABITS:
        found |= {each.replace(old, new): None for each in tuple(found)}
    found |= {_DOUBLED.sub(r"\1", each): None for each in tuple(found)}
    del found[name]
    for each in tuple(found)[:_MAX_VARIANTS]:
        yield tuple(each.split())
