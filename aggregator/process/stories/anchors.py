"""What reads the same in Arabic, French and English: names, figures, concepts.

A name is known by its consonants: أخنوش and Akhannouch are both "xnc". Latin letters show which
words are names, Arabic ones do not; so every Arabic word has its skeleton, and the figures of how
common each is tell the names among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from aggregator.process.stories.places import PLACES
from aggregator.process.stories.vocabulary import CONCEPTS, STOP_WORDS
from aggregator.text.normalize import fold_word
from aggregator.text.stems import stem

_SKELETON_AR = str.maketrans("بتطثجدضذرزظسصشغفقكلمنخ", "btttjdddrzdsscgfkklmnx", "اأإآىوؤيئءةهحع")
_SKELETON_LATIN = str.maketrans("bptdjgkqcrzsfvlmn", "bbtdjgkkkrzsffl" + "mn", "aeiouwhy'’")
_SOUNDS = (
    ("tch", "c"), ("sch", "C"), ("ch", "C"), ("sh", "C"), ("kh", "X"), ("gh", "g"), ("dj", "j"),
    ("th", "t"), ("dh", "d"), ("ph", "f"), ("qu", "k"), ("ge", "j"), ("gi", "j"), ("gu", "g"),
    ("ce", "s"), ("ci", "s"), ("cy", "s"), ("x", "ks"),
)  # fmt: skip
_TWICE = re.compile(r"([^ ])\1+")
_NAME = re.compile(r"(?<![\w’'])(?:[ldLD][’'])?([A-ZÀ-ÖØ-Þ]\w+)")
_NAME_IN_SENTENCE = re.compile(r"(?<=[a-zà-öø-ÿ,] )(?:[dl][’'])?([A-ZÀ-ÖØ-Þ]\w{2,})")
_CAPITAL = re.compile("[A-ZÀ-ÖØ-Þ]")
_LOWER = re.compile(r"(?<![\w’'-])[a-zß-öø-ÿ]{3,}")
FIGURE = re.compile(
    r"\d(?<![\w.,]\d)\d{0,2}(?:[ \u00a0\u202f.,]\d{3})+(?!\d)(?:[.,]\d{1,2})?(?!\w)"
    r"|\d+(?:[.,]\d+)?"
)
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_SPACES = str.maketrans("", "", " \u00a0\u202f")
_EASTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩٫٬", "0123456789.,")
_DIGIT = re.compile(r"\d")
_EASTERN_DIGIT = re.compile("[٠-٩]")
_COMMON_FIGURES = frozenset("10 12 15 20 24 25 30 40 50 60 100 200 1000".split())
_YEARS = range(1990, 2041)
# Minimum consonants of a name; two would match half the language.
_SHORTEST_NAME = 3

# Folded names of places, with their proclitics. Many are a concept too: a country and its people.
PLACE_ANCHORS = {
    word: "c" + CONCEPTS[stem(place)] if stem(place) in CONCEPTS else "p" + place
    for word, place in PLACES.items()
}

# The definite article, alone and after proclitics.
_ARTICLES = ("ال", "لل", "وال", "بال", "فال", "كال")


def word_anchors(words: Sequence[str], stems: Sequence[str]) -> list[str]:
    """Return the anchor of each folded word: its place, its concept, its skeleton if Arabic, or "".

    `stems` are those of `words`, in the same order.
    """
    bare = [_bare(word) if "\u0620" <= word[0] <= "\u06ff" else "" for word in words]
    skeletons = _TWICE.sub(r"\1", " ".join(bare).translate(_SKELETON_AR)).split(" ")
    concepts, places = map(CONCEPTS.get, stems), map(PLACE_ANCHORS.get, words)
    return [
        place
        or ("c" + concept if concept else "k" + skeleton if len(skeleton) >= _SHORTEST_NAME else "")
        for place, concept, skeleton in zip(places, concepts, skeletons, strict=True)
    ]


def text_anchors(text: str) -> list[str]:
    """Figures, and names in Latin letters, as often as `text` has them."""
    return ["n" + figure for figure in _figures(text)] + _names(text)


def sentence_names(text: str) -> list[str]:
    """Names in Latin letters inside sentences, where only names have capitals."""
    return [
        skeleton for name in _NAME_IN_SENTENCE.findall(text) if (skeleton := _latin_skeleton(name))
    ]


def _bare(word: str) -> str:
    """Without the article and what stands before it: names carry no other endings."""
    if word.startswith(_ARTICLES):
        rest = word[2:] if word.startswith(_ARTICLES[:2]) else word[3:]
        if len(rest) >= _SHORTEST_NAME:
            return rest
    if word[0] in "وبل" and len(word) >= 6:
        return word[1:]
    return word


def _names(text: str) -> list[str]:
    """Skeletons of capitalised words that do not stand in small letters elsewhere."""
    if not _CAPITAL.search(text):
        return []  # as in most Arabic texts; the patterns below look at every letter
    names = _NAME.findall(text)
    small = set(_LOWER.findall(text))
    found = []
    for name in names:
        if name.lower() in small:
            continue
        skeleton = _latin_skeleton(name)
        if skeleton:
            found.append(skeleton)
    return found


@lru_cache(maxsize=20_000)
def _latin_skeleton(name: str) -> str:
    word = fold_word(name)
    if word in STOP_WORDS or word in PLACE_ANCHORS or stem(word) in CONCEPTS:
        return ""
    for letters, sound in _SOUNDS:
        word = word.replace(letters, sound)
    word = word.replace("c", "k") if "c" in word else word
    word = word.replace("C", "\x01").replace("X", "\x02").translate(_SKELETON_LATIN)
    skeleton = _TWICE.sub(r"\1", word.replace("\x01", "c").replace("\x02", "x"))
    return "k" + skeleton if len(skeleton) >= _SHORTEST_NAME else ""


def _figures(text: str) -> list[str]:
    """Figures as plain numbers: "1 700", "1.700" and "١٧٠٠" are "1700", "11,6" is "11.6"."""
    found: list[str] = []
    if not _DIGIT.search(text):
        return found
    if _EASTERN_DIGIT.search(text):
        text = text.translate(_EASTERN)
    for figure in written_figures(text):
        plain = figure.translate(_SPACES)
        if _GROUPED.fullmatch(plain):
            plain = plain.replace(".", "").replace(",", "")
        plain = plain.replace(",", ".")
        if len(plain) > 1 and plain not in _COMMON_FIGURES and not _is_year(plain):
            found.append(plain)
    return found


def written_figures(text: str) -> Iterator[str]:
    """Yield what `FIGURE.findall` finds, looking at digits only: in an Arabic text, a third of the
    time."""
    digit = _DIGIT.search(text)
    while digit and (figure := FIGURE.match(text, digit.start())):
        yield figure[0]
        digit = _DIGIT.search(text, figure.end())


def _is_year(figure: str) -> bool:
    return len(figure) == 4 and figure.isdecimal() and int(figure) in _YEARS
