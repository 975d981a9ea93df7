"""Keywords of the query language in English, Arabic and French; the first of each is printed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal, get_args

from babel import Locale

from aggregator.query.tree import FieldName
from aggregator.text.normalize import fold_word, normalize

LANGUAGES = ("en", "ar", "fr")

# One string per language, in the order of `LANGUAGES`; synonyms are separated by spaces.
FIELDS: dict[FieldName, tuple[str, str, str]] = {
    "source": ("source", "مصدر", "source"),
    "owner": ("owner", "مالك", "propriétaire proprio"),
    "country": ("country", "بلد دولة", "pays"),
    "lang": ("lang language", "لغة", "langue"),
    "section": ("section category", "قسم", "rubrique catégorie"),
    "tag": ("tag", "وسم", "étiquette"),
    "title": ("title", "عنوان", "titre"),
    "author": ("author by", "كاتب مؤلف", "auteur"),
    "after": ("after since", "بعد منذ", "après depuis"),
    "before": ("before until", "قبل", "avant"),
    "is": ("is", "حالة", "est"),
    "has": ("has", "فيه مع", "avec"),
}

FLAGS: dict[FieldName, dict[str, tuple[str, str, str]]] = {
    "is": {
        "unread": ("unread", "غير-مقروء غير_مقروء جديد", "non-lu non_lu nonlu"),
        "starred": ("starred", "بنجمة مميز", "favori étoilé"),
    },
    "has": {"image": ("image", "صورة", "image photo")},
}

OR = ("OR", "أو", "ou")
AND = ("AND", "و", "et")
_AND = (*AND, "and", "ET")
_OR = (*OR, "او", "OU", "Ou")
# As typed: "or" in small letters is gold in French, and "not", ليس and "sauf" are words that
# whole sentences have.
OPERATORS: Mapping[str, Literal["and", "or", "not"]] = {
    **dict.fromkeys(_AND, "and"),
    **dict.fromkeys(_OR, "or"),
    "NOT": "not",
}

TODAY = ("today", "اليوم", "aujourd'hui")
YESTERDAY = ("yesterday", "أمس البارحة", "hier")
UNITS = {"d": ("d", "ي", "j"), "w": ("w", "أ", "s"), "m": ("m", "ش", "m"), "y": ("y", "ع", "a")}

_SHORT_COUNTRIES = {
    "السعودية": "SA", "الامارات": "AE", "emirats": "AE", "emirates": "AE", "uae": "AE",
    "سوريا": "SY", "امريكا": "US", "usa": "US", "etats-unis": "US", "uk": "GB",
    "بريطانيا": "GB", "angleterre": "GB", "فلسطين": "PS", "palestine": "PS",
}  # fmt: skip
_SHORT_LANGUAGES = {"عربي": "ar", "عربية": "ar", "فرنسية": "fr", "أمازيغية": "zgh"}
_NEWS_LANGUAGES = ("ar", "fr", "en", "es", "zgh", "de", "it", "pt", "nl", "tr", "fa", "he", "ru")


def field_from_name(word: str) -> FieldName | None:
    """Find a field by any of its names, with or without an Arabic article."""
    return _field_names().get(fold_word(word))


def flag_from_name(field: FieldName, word: str) -> str | None:
    """Find a value of `is:` or `has:` by any of its names."""
    folded = fold_word(word)
    for value, names in FLAGS[field].items():
        if any(folded == fold_word(name) for name in " ".join(names).split()):
            return value
    return None


def field_name(field: FieldName, language: str) -> str:
    """Return the name of a field in a language."""
    return FIELDS[field][LANGUAGES.index(language)].split()[0]


def flag_name(field: FieldName, value: str, language: str) -> str:
    """Return the name of a value of `is:` or `has:` in a language."""
    return FLAGS[field][value][LANGUAGES.index(language)].split()[0]


def known_field_names() -> tuple[str, ...]:
    """Return every name of every field, folded."""
    return tuple(_field_names())


def country_code(word: str) -> str | None:
    """Find a country by its ISO 3166 code or its name in any of the languages."""
    if len(word) == 2 and word.isascii() and word.isalpha():
        return word.upper()
    return _country_codes().get(_plain(word))


def language_code(word: str) -> str | None:
    """Find a language by its ISO 639 code or its name in any of the languages."""
    if 2 <= len(word) <= 3 and word.isascii() and word.isalpha():
        return word.lower()
    return _language_codes().get(_plain(word))


@cache
def _field_names() -> dict[str, FieldName]:
    names = {
        fold_word(name): field
        for field in get_args(FieldName)
        for name in " ".join(FIELDS[field]).split()
    }
    arabic = {name: field for name, field in names.items() if not name.isascii()}
    return names | {f"ال{name}": field for name, field in arabic.items()}


@cache
def _country_codes() -> dict[str, str]:
    found = {_plain(name): code for name, code in _SHORT_COUNTRIES.items()}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found.setdefault(_plain(name), code)
    return found


@cache
def _language_codes() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in LANGUAGES:
        names = Locale(language).languages
        found |= {_plain(names[code]): code for code in _NEWS_LANGUAGES if code in names}
    return found | {_plain(name): code for name, code in _SHORT_LANGUAGES.items()}


def _plain(word: str) -> str:
    return " ".join(normalize(word).split())
