"""Tags that are the same tag, however they are typed."""

import pytest

from aggregator.text.tag_key import tag_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sport", "SPORT"),
        ("STRASSE", "straße"),
        ("ﻣﻄﺮ", "مطر"),
        ("e\u0301t\u0301e", "É\u0054\u0301e"),
    ],
)
def test_tags_are_compared_folded(one: str, other: str) -> None:
    assert tag_key(one) == tag_key(other)
