"""The cache of word values."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.text.memo import BatchCache


class Asked:
    """Upper-cases words and records which it was called for."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def __call__(self, words: Sequence[str]) -> list[str]:
        self.words += words
        return [word.upper() for word in words]


def test_each_word_is_computed_once() -> None:
    asked = Asked()
    remembered = BatchCache(asked, 10)
    assert remembered.get_many(["a", "b", "a"]) == ["A", "B", "A"]
    assert remembered.get_many(["b", "c"]) == ["B", "C"]
    assert remembered.get_many([]) == []
    assert sorted(asked.words) == ["a", "b", "c"]


def test_words_in_use_survive_a_flood() -> None:
    asked = Asked()
    remembered = BatchCache(asked, 10)
    for number in range(200):
        assert remembered.get_many(["common", f"rare{number}"]) == ["COMMON", f"RARE{number}"]
    assert asked.words.count("common") == 1
    remembered.get_many(["rare0"])
    assert asked.words.count("rare0") == 2


def test_long_keys_are_not_cached() -> None:
    asked = Asked()
    remembered = BatchCache(asked, 10)
    assert remembered.get_many(["x" * 41, "y"]) == ["X" * 41, "Y"]
    remembered.get_many(["x" * 41, "y"])
    assert asked.words.count("x" * 41) == 2
    assert asked.words.count("y") == 1
