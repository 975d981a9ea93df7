"""Light stems of Arabic words, for search. Stems are not words to display.

Takes off one group of proclitics, a pronoun, and one ending of number, of gender and of relation:
light10 (Larkey and others, "Light Stemming for Arabic Information Retrieval") with the clitics that
it lacks. What looks like a clitic or an ending is often a letter of the word itself, so lists of
words say where (`word_lists`); three letters always remain of what lost an ending, and no stem is
a function word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from aggregator.text.function_words import is_function_word
from aggregator.text.word_lists import WordLists, word_groups, word_lists

# The article behind and, so, with, as or for; longest first.
PROCLITICS = (
    "وبال", "فبال", "وكال", "ولل", "فلل", "وال", "بال", "كال", "فال", "ال", "لل",
)  # fmt: skip
# And, with, for: taken off unless a list has the word with it.
SINGLE_PROCLITICS = "وبل"
# So, as: nearly always a letter of the word, so taken off known words only.
_RARE_PROCLITICS = "فك"
_MIN_STEM_LENGTH = 3
# Letters of a word that a rare proclitic may stand before.
_MIN_KNOWN_LENGTH = 4
# The article leaves words of two letters, such as "dam" and "right".
_MIN_DEFINITE_LENGTH = 2

# Behind a longer one, a word such as "agency" is likelier than one that begins with ال.
_LONG_PROCLITIC = 3
# A stem this short that begins with ال is looked up with its endings only.
_MIN_ARTICLE_STEM = 4

_PRONOUNS = ("هما", "كما", "هم", "هن", "كم", "نا", "ها")
_NUMBERS = ("ان", "ات", "ون", "ين")
_FIRST_LETTERS = frozenset(SINGLE_PROCLITICS + _RARE_PROCLITICS + "ا")


def arabic_stem(word: str) -> str:
    """Stem a folded Arabic word; it is its own stem if nothing can be taken off."""
    if is_function_word(word):
        return word
    lists, known = _lists(), _known_words()
    if word.endswith("يء"):
        word = word[:-1]
    core = _without_proclitics(word, lists) if word[0] in _FIRST_LETTERS else word
    if is_function_word(core):  # "the African Cup", not "was"; but of four letters, a noun
        return core if len(core) > _MIN_STEM_LENGTH else word
    stem = known.get(core) or _resolve(core, lists, known)
    return core if is_function_word(stem) else stem


def bare_word(word: str, lists: WordLists) -> str:
    """Take the endings off a word without proclitics."""
    return _without_relation(_without_number(_without_pronoun(word, lists), lists), lists)


def _resolve(core: str, lists: WordLists, known: Mapping[str, str]) -> str:
    """Take endings off, until what is left is a plural or a spelling that a table knows."""
    owned = _without_pronoun(core, lists)
    if owned in known:
        return known[owned]
    single = _without_number(owned, lists)
    if single in known:
        return known[single]
    if single[-1] == "ه" and single[:-1] in known and single not in lists.feminines:
        return known[single[:-1]]
    bare = _without_relation(single, lists)
    return known.get(bare, bare)


@cache
def _lists() -> WordLists:
    """The lists, with the stem of each word that owns its first letters."""
    lists = word_lists()
    initials, articles = (
        words.union(bare_word(word, lists) for word in words)
        for words in (lists.initials, lists.articles)
    )
    return lists._replace(initials=initials, articles=articles)


def ambiguous_plurals() -> list[tuple[str, str]]:
    """List (stem of a word, stem of its plural) of the plurals that several words share."""
    return _tables()[1]


def _known_words() -> dict[str, str]:
    """The stem of each broken plural and less usual spelling, by the word itself."""
    return _tables()[0]


@cache
def _tables() -> tuple[dict[str, str], list[tuple[str, str]]]:
    lists = _lists()
    found: dict[str, str] = {}
    others_of: dict[str, set[str]] = {}
    stem_of: dict[str, str] = {}
    spellings = word_groups("spellings")
    respelled = {other: usual for usual, *others in spellings for other in others}
    # Plurals first: another spelling of a plural has the stem of its singular.
    for usual, *others in (*word_groups("plurals"), *spellings):
        usual = respelled.get(usual, usual)
        stem = bare_word(usual, lists)
        stem = stem_of[usual] = found.get(usual, found.get(stem, stem))
        for other in others:
            others_of.setdefault(other, set()).add(stem)
            for form in _forms(other, lists):
                if found.setdefault(form, stem) != stem:
                    others_of.setdefault(form, set()).add(stem)
    for usual, stem in stem_of.items():  # a woman is no prince, whose plural is short of a hamza
        if usual not in others_of and _resolve(usual, lists, found) != stem:
            found[usual] = stem
    ambiguous = {form: stems for form, stems in others_of.items() if len(stems) > 1}
    for form in ambiguous:  # of rulers and of verdicts: search for it beside either
        found.pop(form, None)
    pairs = {(stem, bare_word(form, lists)) for form, stems in ambiguous.items() for stem in stems}
    return found, sorted(pairs)


def _forms(word: str, lists: WordLists) -> Iterator[str]:
    """A word as it may stand before a pronoun, and its stem if that still tells it."""
    yield word
    if word.endswith("اء"):
        yield word[:-1] + "ي"
        if len(word) > _MIN_STEM_LENGTH + 1:
            yield word[:-1]
    bare = bare_word(word, lists)
    if len(bare) > _MIN_STEM_LENGTH:
        yield bare


@cache
def _known_nouns() -> frozenset[str]:
    """Stems of nouns that "as" and "so" may stand before."""
    return frozenset(_known_words().values())


# --- proclitics --------------------------------------------------------------------------------


def _without_proclitics(word: str, lists: WordLists) -> str:
    if len(word) <= _MIN_STEM_LENGTH:
        return word
    if word.startswith(PROCLITICS):
        return _without_article(word, lists)
    if _owns_first_letter(word, lists):
        return word
    first, rest = word[0], word[1:]
    if first in SINGLE_PROCLITICS:
        return _without_proclitics(rest, lists) if first == "و" else rest
    if first in _RARE_PROCLITICS and len(rest) >= _MIN_KNOWN_LENGTH:
        return rest if bare_word(rest, lists) in _known_nouns() else word
    return word


def _without_article(word: str, lists: WordLists) -> str:
    """Take off the article, unless it is the beginning of a word such as "commitment"."""
    for proclitic in PROCLITICS:
        length = len(proclitic)
        if not word.startswith(proclitic) or len(word) - length < _MIN_DEFINITE_LENGTH:
            continue
        with_article = word[length - 2 :]
        if proclitic.endswith("لل"):  # "for the committee" is written with two of its three lams
            with_article = with_article[1:]
            if _owns_first_letter(with_article, lists):
                return with_article
            return word[length:]
        owned = length > 2 and _owns_first_letter(word, lists)
        if _has_no_article(with_article, lists) and not (owned and length > _LONG_PROCLITIC):
            return with_article
        return word if owned else word[length:]
    return word


def _has_no_article(word: str, lists: WordLists) -> bool:
    """Whether a word begins with ال of its own; short stems would be found in too many words."""
    if word in lists.articles:
        return True
    bare = bare_word(word, lists)
    return len(bare) > _MIN_ARTICLE_STEM and bare in lists.articles


def _owns_first_letter(word: str, lists: WordLists) -> bool:
    if word in lists.initials:
        return True
    bare = bare_word(word, lists)
    if len(bare) == _MIN_STEM_LENGTH < len(word) - 2 and word[1:] in lists.feminines:
        return False  # "in the province", not a word with the stem of Paul
    return bare in lists.initials


# --- endings -----------------------------------------------------------------------------------


def _without_pronoun(word: str, lists: WordLists) -> str:
    if len(word) <= _MIN_STEM_LENGTH or word in lists.endings:
        return word
    if word[-1] == "ا" and word[:-1] in lists.endings:  # tanwin: "a law", not "our …"
        return word[:-1]
    if word.endswith(_PRONOUNS):
        for pronoun in _PRONOUNS:
            if word.endswith(pronoun) and len(word) - len(pronoun) >= _MIN_STEM_LENGTH:
                owned = word[: -len(pronoun)]
                is_plural = owned.endswith("ات") and len(owned) > _MIN_STEM_LENGTH + 1
                return owned if is_plural else _with_feminine(owned, lists)
    if word[-1] == "ه" and word[-2] == "ت" and len(word) > _MIN_STEM_LENGTH + 1:
        return _with_feminine(word[:-1], lists)
    if word[-1] == "ا":
        return word[:-1]
    return word


def _with_feminine(word: str, lists: WordLists) -> str:
    """Write the feminine t before a pronoun or an ending as it stands at the end of a word."""
    if word[-1] != "ت" or word in lists.endings:
        return word
    feminine = word[:-1] + "ه"
    return feminine if len(word) > _MIN_STEM_LENGTH or feminine in lists.feminines else word


def _without_number(word: str, lists: WordLists) -> str:
    if len(word) <= _MIN_STEM_LENGTH or word in lists.endings:
        return word
    if word.endswith(_NUMBERS):
        rest = word[:-2]
        if word[-2:] == "ات":
            feminine = rest + "ه"
            return feminine if len(rest) < _MIN_STEM_LENGTH or feminine in lists.feminines else rest
        return _with_feminine(rest, lists) if len(rest) >= _MIN_STEM_LENGTH else word
    if word[-1] == "و" and len(word) > _MIN_STEM_LENGTH + 1:
        return word[:-1]
    return word


def _without_relation(word: str, lists: WordLists) -> str:
    if word[-1] == "ا" and word in lists.endings:  # NASA, not "people"
        return word
    if len(word) <= _MIN_STEM_LENGTH or word in lists.feminines or word in lists.endings:
        return _without_hamza(word)
    if word[-1] == "ه":
        word = word[:-1]
    if word[-1] == "ي" and len(word) > _MIN_STEM_LENGTH and word not in lists.endings:
        word = word[:-1]
        if word.endswith("او") and len(word) >= _MIN_STEM_LENGTH + 2:
            word = word[:-2]
    return _without_hamza(word)


def _without_hamza(word: str) -> str:
    """Write a hamza and its seats one way, and drop it at the end, as people do in typing."""
    if "وو" in word or "ءو" in word:
        word = word[0] + word[1:].replace("وو", "يو").replace("ءو", "يو")
    if len(word) > _MIN_STEM_LENGTH and word[-1] in "ءي" and word[-2] == "ا":
        word = word[:-1]
    if len(word) > _MIN_STEM_LENGTH and word[-1] == "ا":
        word = word[:-1]
    bare = word.replace("ء", "") if "ء" in word else word
    return bare if len(bare) >= _MIN_STEM_LENGTH else word
