"""Function words."""

from __future__ import annotations

import pytest

from aggregator.text.function_words import is_function_word
from aggregator.text.normalize import fold_word


@pytest.mark.parametrize("word", ["في", "إلى", "التي", "وعلى", "de", "au", "The", "متى"])
def test_function_words(word: str) -> None:
    assert is_function_word(fold_word(word))


@pytest.mark.parametrize("word", ["المغرب", "ماء", "ليس", "ضد", "أمس", "prix", "not", "2026"])
def test_content_words(word: str) -> None:
    assert not is_function_word(fold_word(word))
