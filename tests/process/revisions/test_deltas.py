"""Former versions, stored as differences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.process.revisions.deltas import decode_delta, encode_delta
from aggregator.types import EntryText

LINE = st.text(st.characters(exclude_characters="\x1f"), max_size=20)
VERSIONS = st.builds(EntryText, LINE, LINE, st.text(max_size=60))


@given(VERSIONS, VERSIONS)
def test_a_version_comes_back_as_it_was(earlier: EntryText, later: EntryText) -> None:
    assert decode_delta(encode_delta(earlier, later), later) == earlier


def test_a_small_change_of_a_long_text_is_small() -> None:
    words = " ".join(f"كلمة{number}" for number in range(20_000))
    earlier = EntryText("عنوان", "", words)
    later = EntryText("عنوان آخر", "", words.replace("كلمة9999 ", "كلمة "))
    delta = encode_delta(earlier, EntryText("عنوان", "", later.content))
    assert len(delta) < 60
    assert decode_delta(encode_delta(earlier, later), later) == earlier


def test_another_version_or_a_damaged_delta_is_refused() -> None:
    earlier, later = EntryText("أ", "", "ب"), EntryText("أ", "", "ت")
    delta = encode_delta(earlier, later)
    for data, base in ((delta, earlier), (delta[:5], later), (delta[:-1] + b"\xff", later)):
        with pytest.raises(ValueError, match=r"delta|version"):
            decode_delta(data, base)
