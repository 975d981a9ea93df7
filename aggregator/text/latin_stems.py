"""Light stems of French and English words, for search. Stems are not words to display.

Takes off plurals, the feminines of French and the commonest endings of its verbs, and of English
-ing and -ed. Works without accents, so what is left must be long: a short word is another word
more often than a form (mer and mère, gare and garer, port and porte).
"""

from __future__ import annotations

# Words in -s without a singular, or whose singular means something else.
_INVARIABLE = frozenset(
    "campus corps cours news pays paris plus sans temps tous tunis versus virus suis".split()
)
_IRREGULAR = {
    "women": "woman", "men": "man", "children": "child", "people": "person", "won": "win",
    "winning": "win", "crises": "crisis", "feet": "foot", "wives": "wife", "lives": "life",
    "travaux": "travail", "vitraux": "vitrail", "yeux": "oeil", "milieux": "milieu",
    "enjeux": "enjeu", "neveux": "neveu", "cheveux": "cheveu", "aveux": "aveu", "adieux": "adieu",
    "verte": "vert", "vertes": "vert", "forte": "fort", "fortes": "fort", "haute": "haut",
    "hautes": "haut", "courte": "court", "courtes": "court", "morte": "mort", "mortes": "mort",
    "seche": "sec", "seches": "sec", "ministerial": "minister", "votent": "vote", "voter": "vote",
    "aider": "aide", "aident": "aide", "jouer": "joue", "jouent": "joue",
}  # fmt: skip
_DOUBLED = frozenset("bdfgklmnprt")
# An ending, what stands for it in all forms of the word, and the minimum length of the word.
_ENDINGS = (
    ("trice", "teur", 6), ("euse", "eur", 6), ("eux", "eur", 6), ("iere", "i", 6),
    ("ive", "if", 6), ("che", "c", 7), ("issent", "i", 9), ("ir", "i", 5), ("it", "i", 5),
    ("ier", "i", 6), ("er", "e", 7), ("ez", "e", 7),
)  # fmt: skip
_LAST_LETTERS = frozenset(ending[-1] for ending, _, _ in _ENDINGS)


def latin_stem(word: str) -> str:
    """élections, électionnelle -> election; journaux -> journal; actrice -> acteur."""
    if len(word) < 4 or word in _INVARIABLE:
        return _IRREGULAR.get(word, word)
    word = _without_ending(_singular(_IRREGULAR.get(word, word)))
    if word[-1] == "e" and (
        (len(word) > 5 and word[-2] != "c") or (len(word) > 3 and word[-2] in "iue")
    ):
        word = word[:-1]
        if word[-1] == "e" and len(word) > 4:  # élevée, élevé
            word = word[:-1]
    if word[-1] == "y" and len(word) > 3:
        word = word[:-1] + "i"
    if len(word) > 4 and word[-1] == word[-2] and word[-1] in _DOUBLED:  # algérienne, nouvelle
        word = word[:-1]
    return word


def _without_ending(word: str) -> str:
    if word[-1] == "t" and word.endswith("ent") and len(word) > 6 and word[-4] not in "mi":
        return word[:-2]  # annoncent, annonce
    if word.endswith("ient") and len(word) > 6:  # publient, publie
        return word[:-2]
    if word.endswith("ing") and len(word) > 6:
        return _undoubled(word[:-3])
    if word.endswith("ed") and len(word) > 5:
        return _undoubled(word[:-2])
    if word[-1] in _LAST_LETTERS:
        for ending, instead, length in _ENDINGS:
            if len(word) >= length and word.endswith(ending):
                return word[: -len(ending)] + instead
    return word


def _undoubled(word: str) -> str:
    return word[:-1] if word[-1] == word[-2] and word[-1] in _DOUBLED else word


def _singular(word: str) -> str:
    if word.endswith("eaux"):
        return word[:-1]
    if word.endswith("aux") and len(word) > 5:
        return word[:-2] + "l"
    if word.endswith("oux") or (word.endswith("eux") and len(word) < 6):
        return word[:-1]
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word
