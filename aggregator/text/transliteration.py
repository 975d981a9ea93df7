"""From one script to the other: how each Arabic letter is written in Latin letters. Pure.

Arabic leaves out short vowels, and Latin letters do not tell ت from ط: a word in Arabic script is a
pattern for its spellings in Latin script.
"""

from __future__ import annotations

import re
from functools import lru_cache

from aggregator.text.name_sounds import MIN_LETTERS, is_arabic

# How each Arabic letter is written in Latin script. Consonants may be doubled (تطوان, Tettouan).
_CONSONANTS = {
    "ب": "bb?|p", "ت": "tt?|th", "ث": "th|t", "ج": "dj|jj?|gg?|dg", "ح": "hh?", "خ": "kk?h",
    "د": "dd?|dh", "ذ": "dh|dd?", "ر": "rr?", "ز": "zz?", "س": "ss?|c", "ش": "sch|cc?h|ss?h",
    "ص": "ss?|c", "ض": "dd?|dh", "ط": "tt?|th", "ظ": "dh|d", "غ": "gh|rh|gu?", "ف": "ff?|ph|v",
    "ق": "kk?|qq?|c|g", "ك": "kk?|gu?|gg|c|q", "ل": "ll?", "م": "mm?", "ن": "nn?", "ه": "hh?",
}  # fmt: skip
_VOWELS = {
    "ا": "aa?|e", "و": "a?ouw?|oo|ow|aw|au|u|o|w", "ي": "iy?|y|ai|ay|ei|ey|ee|ie",
    "ع": "aa?|e|o|i|", "ء": "",
}  # fmt: skip
_LONG = "اويع"
_SHORT_VOWEL = "(?:ou|[aeiou])?"
_FIRST = {"ا": "(?:ou|[aeiou])", "ع": "(?:ou|[aeiou])", "و": "(?:ou|w|u)a?"}
# ى has become ي: موسى, Moussa.
_LAST = {"ا": "ah?", "ي": "(?:iy?|y|a|ee)", "ه": "(?:ah?|at)"}
_ARTICLE = "ال"
_LATIN_ARTICLE = "(?:(?:[ae]?l|la)[ -]?)?"
_LETTERS = (*_CONSONANTS, "ا", "و", "ي", "ع")
# Maximum letters of a word, and of its vowels in Arabic.
_MAX_LETTERS = 20
_MAX_VOWELS = 7
_OPTIONAL_LETTER = re.compile(r"\w\?")


def could_be_spelt(word: str) -> bool:
    """Whether a folded word is a single word of letters, long enough to be told by them."""
    return (
        word.isalpha()
        and len(word.removeprefix(_ARTICLE)) >= MIN_LETTERS
        and (word.isascii() or is_arabic(word))
    )


def spells(one: str, other: str) -> bool:
    """Whether two folded words in different scripts may be one name; never for short ones."""
    arabic, latin = (one, other) if is_arabic(one) else (other, one)
    if is_arabic(latin) or not is_arabic(arabic):
        return False
    if len(arabic.removeprefix(_ARTICLE)) < MIN_LETTERS or _is_endless(arabic, latin):
        return False
    return _pattern(arabic).fullmatch(latin) is not None


def _is_endless(arabic: str, latin: str) -> bool:
    """Whether trying all ways to read the vowels could take long: عععععععع against aaaaaaaaaa."""
    vowels = sum(letter in _LONG for letter in arabic)
    return vowels > _MAX_VOWELS or len(arabic) > _MAX_LETTERS or len(latin) > _MAX_LETTERS


@lru_cache(maxsize=5_000)
def _pattern(arabic: str) -> re.Pattern[str]:
    """Compile the pattern of a whole word; its article is written al, el, l or not at all."""
    letters = arabic.removeprefix(_ARTICLE)
    article = _LATIN_ARTICLE if letters != arabic else ""
    return re.compile(article + _written(letters[:-1], letters[-1]) + _last(letters[-1]))


def _written(letters: str, following: str) -> str:
    """How the first letters of a word are written, as a pattern; `following` is the next one."""
    pieces = []
    for number, letter in enumerate(letters):
        after = (letters + following)[number + 1]
        if number == 0 and letter in _FIRST:
            pieces.append(_FIRST[letter])
        elif letter in _VOWELS:
            pieces.append(f"(?:{_VOWELS[letter]})")
        else:
            vowel = "" if after in _LONG else _SHORT_VOWEL
            pieces.append(f"(?:{_CONSONANTS.get(letter, re.escape(letter))}){vowel}")
    return "".join(pieces)


def _last(letter: str) -> str:
    if letter in _LAST:
        return _LAST[letter]
    return f"(?:{_CONSONANTS.get(letter) or _VOWELS.get(letter) or re.escape(letter)})e?"


def beginnings(word: str) -> list[str]:
    """List what a spelling of a folded word in the other script can begin with: two letters."""
    return _latin_beginnings(word) if is_arabic(word) else _arabic_beginnings(word)


def _arabic_beginnings(latin: str) -> list[str]:
    found = []
    for article in ("", _ARTICLE):
        firsts = [each for each in _LETTERS if _starts(article, each).match(latin)]
        found += [
            article + first + second
            for first in firsts
            for second in _LETTERS
            if _starts(article, first + second).match(latin)
        ]
    return found


@lru_cache(maxsize=2_000)
def _starts(article: str, letters: str) -> re.Pattern[str]:
    """Compile the pattern of how a word with these first letters begins."""
    return re.compile((_LATIN_ARTICLE if article else "") + _written(letters, "ب"))


def _latin_beginnings(arabic: str) -> list[str]:
    letters = arabic.removeprefix(_ARTICLE)
    following = {"a", "e", "i", "o", "u", *(each[0] for each in _spellings(letters[1]))}
    found: dict[str, None] = {}
    for spelling in _spellings(letters[0]):
        whole = (
            [spelling] if len(spelling) > 1 else sorted(f"{spelling}{next_}" for next_ in following)
        )
        found |= dict.fromkeys(each[:2] for each in whole)
    return list(found)


def _spellings(letter: str) -> list[str]:
    """How a letter is written at the beginning of a name, in its shortest forms."""
    if letter in _FIRST:
        return list("aeiouw")
    written = _CONSONANTS.get(letter) or _VOWELS.get(letter) or letter
    return [_OPTIONAL_LETTER.sub("", each) for each in written.split("|") if each]
