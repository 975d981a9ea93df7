"""Stems as version 1 of the index has them; see `process.analysis.former_document`."""

from __future__ import annotations

from functools import lru_cache

_MIN_STEM_LENGTH = 2
# The article behind and, so, with, as or for; longest first.
PROCLITICS = (
    "وبال", "فبال", "وكال", "ولل", "فلل", "وال", "بال", "كال", "فال", "ال", "لل",
)  # fmt: skip
# Often as not a letter of the word itself: stripped only if three others remain.
SINGLE_PROCLITICS = "وبل"
_PRONOUNS = ("هما", "كما", "هم", "هن", "كم", "نا")
_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_FIRST_LETTERS = frozenset(SINGLE_PROCLITICS).union(each[0] for each in PROCLITICS)
_LAST_LETTERS = frozenset(each[-1] for each in (*_PRONOUNS, *_SUFFIXES))

# Words in -s without a singular, or whose singular means something else.
_INVARIABLE = frozenset(
    "campus corps cours news pays paris plus sans temps tous tunis versus virus".split()
)
_DOUBLED = frozenset("bdfgklmnprt")


@lru_cache(maxsize=10_000)
def former_stem(folded: str) -> str:
    """Stem a folded word as version 1 of the index has it."""
    if "\u0620" <= folded[:1] <= "\u06ff":
        return _arabic(folded)
    if folded.isascii() and folded.isalpha():
        return _latin(folded)
    return folded


def _arabic(word: str) -> str:
    if word[0] in _FIRST_LETTERS:
        word = _without_proclitics(word)
    if word[-1] in _LAST_LETTERS:
        word = _without_suffixes(word)
    return _without_hamza(word) if "ء" in word else word


def _without_proclitics(word: str) -> str:
    """Also strip a single letter behind the article: وزير loses its و, so الوزير must as well."""
    if word.startswith(PROCLITICS):
        for proclitic in PROCLITICS:
            if word.startswith(proclitic) and len(word) - len(proclitic) >= _MIN_STEM_LENGTH:
                word = word[len(proclitic) :]
                break
    if word[0] in SINGLE_PROCLITICS and len(word) > 3:
        return word[1:]
    return word


def _without_suffixes(word: str) -> str:
    if word.endswith(_PRONOUNS):
        for pronoun in _PRONOUNS:
            if word.endswith(pronoun) and len(word) - len(pronoun) >= _MIN_STEM_LENGTH:
                word = word[: -len(pronoun)]
                break
    if word.endswith(_SUFFIXES):
        for suffix in _SUFFIXES:
            if word.endswith(suffix) and len(word) - len(suffix) >= _MIN_STEM_LENGTH:
                word = word[: -len(suffix)]
    return word


def _without_hamza(word: str) -> str:
    """Drop the hamza, as people do in typing سما for سماء; not in words of two other letters."""
    bare = word.replace("ء", "")
    return bare if len(bare) > _MIN_STEM_LENGTH else word


def _latin(word: str) -> str:
    """élections, électionnelle -> election; journaux -> journal; countries, country -> countri."""
    if len(word) < 4 or word in _INVARIABLE:
        return word
    word = _singular(word)
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    if word.endswith("e") and len(word) > 4:  # élevée, élevé
        word = word[:-1]
    if word.endswith("y") and len(word) > 3:
        word = word[:-1] + "i"
    if len(word) > 4 and word[-1] == word[-2] and word[-1] in _DOUBLED:  # algérienne, nouvelle
        word = word[:-1]
    return word


def _singular(word: str) -> str:
    if word.endswith("eaux"):
        return word[:-1]
    if word.endswith("aux") and len(word) > 5:
        return word[:-2] + "l"
    if word.endswith(("eux", "oux")):
        return word[:-1]
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word
