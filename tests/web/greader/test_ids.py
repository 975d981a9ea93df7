"""Ids of items and streams, and times."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import InvalidInput
from aggregator.services.sync.names import ALL, EMPTY, STARRED, StreamName
from aggregator.types.limits import MAX_ID
from web.greader import ids

KINDS = ("source", "topic", "story", "search")


@given(st.integers(1, MAX_ID))
def test_items_in_four_notations(id_: int) -> None:
    long = ids.item_id(id_)
    assert len(long) == len("tag:google.com,2005:reader/item/") + 16
    for text in (long, f"tag:google.com,2005:reader/item/{id_:x}", f"{id_:016x}", str(id_)):
        assert ids.parse_item_id(text) == id_


@pytest.mark.parametrize(
    "text",
    ["", "0", "-1", "x", "1 2", "1_0", "tag:google.com,2005:reader/item/", "item/0",
     "tag:google.com,2005:reader/item/xyz", "ffffffffffffffff", str(MAX_ID + 1), "١",
     "9" * 5000, "0x1f", "1.5", "\0"],
)  # fmt: skip
def test_no_items(text: str) -> None:
    with pytest.raises(InvalidInput):
        ids.parse_item_id(text)


@given(st.text())
def test_any_text_is_an_item_or_an_error(text: str) -> None:
    with suppress(InvalidInput):
        assert 0 < ids.parse_item_id(text) <= MAX_ID


@given(st.sampled_from(KINDS), st.integers(1, MAX_ID // 10 - 1))
def test_subscriptions_have_numbers_of_their_own(kind: str, id_: int) -> None:
    name = StreamName(kind, id_)  # type: ignore[arg-type]  # one of them
    assert ids.has_number(name)
    assert ids.parse_stream_id(ids.stream_id(name)) == name


def test_an_id_that_apps_cannot_store() -> None:
    assert not ids.has_number(StreamName("story", MAX_ID))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("user/-/state/com.google/reading-list", ALL),
        ("user/1/state/com.google/starred", STARRED),
        ("user/amina/label/ماء/1", StreamName("label", label="ماء/1")),
        ("user/-/state/com.google/broadcast", EMPTY),
    ],
)
def test_lists_of_any_user(text: str, name: StreamName) -> None:
    assert ids.parse_stream_id(text) == name


@pytest.mark.parametrize(
    "text",
    ["", "feed/", "feed/0", "feed/9", "feed/19", "feed/x", "feed/-10", "feed/" + "9" * 3000,
     "user/-/label/", "user/-/state/com.google/made-up", "user/-", "splice/feed/10", "feed/١٠",
     "user/-/state/com.google/", "feed/00000000000010",
     "feed/000000000001" + "9" * 5000],
)  # fmt: skip
def test_no_streams(text: str) -> None:
    with pytest.raises(InvalidInput):
        ids.parse_stream_id(text)


@pytest.mark.parametrize("text", ["1762070400", "1762070400000", "1762070400000000"])
def test_times_in_three_units(text: str) -> None:
    found = ids.parse_time(text, "ot")
    assert found
    assert found[0] == datetime(2025, 11, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize("text", ["x", "-1", "1.5", "9" * 30, "999999999999", "١"])
def test_no_times(text: str) -> None:
    with pytest.raises(InvalidInput):
        ids.parse_time(text, "ot")


@given(st.integers(0, 10**19 - 1).map(str))
def test_any_number_is_a_time_or_an_error(text: str) -> None:
    try:
        found = ids.parse_time(text, "ot")
    except InvalidInput:
        return
    assert found is None or ids.end_of(found) >= found[0]
