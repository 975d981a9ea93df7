"""Names of places and people in folded words."""

import pytest

from aggregator.process.stories.names import name_positions
from aggregator.text.tokens import folded_words


def _names(text):
    words = folded_words(text)
    return [words[position] for position in sorted(name_positions(words))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("حادثة سير بالناظور", ["بالناظور"]),
        ("حريق قرب أزلاف", ["ازلاف"]),
        ("انقلاب حافلة بأولاد زيدان", ["باولاد", "زيدان"]),
        ("قال إدريس بوعزاوي", ["ادريس", "بوعزاوي"]),
        ("المهاجم السنغالي ماكومبا ديارا", ["ماكومبا", "ديارا"]),
        ("الوزير عن القطاع", ["القطاع"]),
        ("افتتاح مستشفى جديد", []),
        ("مدينة", []),
    ],
)
def test_names_are_known_by_tables_and_by_the_word_before(text, names):
    assert _names(text) == names
