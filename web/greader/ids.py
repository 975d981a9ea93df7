"""Ids of items and streams as texts. Pure.

A subscription is `feed/NUMBER`: the last digit of the number says what it is, the others are its
id, so that a source and a topic never share a number, and none reaches 2^31.
"""

from __future__ import annotations

from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import get_args

from aggregator.errors import InvalidInput
from aggregator.services.sync.names import (
    ALL,
    EMPTY,
    READ,
    STARRED,
    UNREAD,
    StreamName,
    SubscriptionKind,
)
from aggregator.types.limits import MAX_ID, is_id, parse_id
from web.request import params

ITEM_PREFIX = "tag:google.com,2005:reader/item/"
_STATE_PREFIX = "state/com.google/"
_LABEL_PREFIX = "label/"
_SHORT_HEX = "item/"
_HEX_LENGTH = 16
_KINDS: tuple[SubscriptionKind, ...] = get_args(SubscriptionKind)

STATES = {
    "reading-list": ALL,
    "read": READ,
    "kept-unread": UNREAD,
    "fresh": UNREAD,
    "unread": UNREAD,
    "starred": STARRED,
} | dict.fromkeys(
    ("broadcast", "broadcast-friends", "created", "like", "self", "tracking-kept-unread"), EMPTY
)
_STATE_OF = {ALL: "reading-list", READ: "read", UNREAD: "kept-unread", STARRED: "starred"} | {
    EMPTY: "broadcast"
}


# --- items -----------------------------------------------------------------------------------


def item_id(entry_id: int) -> str:
    """The long form of an id: 16 hexadecimal digits behind a prefix."""
    return f"{ITEM_PREFIX}{entry_id:016x}"


def parse_item_id(text: str) -> int:
    """The entry of an id: long, prefixed and shorter, 16 hexadecimal digits, or decimal.

    Raises InvalidInput.
    """
    text = text.strip()
    _, prefix, rest = text.rpartition(_SHORT_HEX)
    is_hex = bool(prefix) or len(text) == _HEX_LENGTH
    digits = rest if prefix else text
    try:
        if not (digits.isascii() and digits.isalnum()) or len(digits) > _HEX_LENGTH:
            raise ValueError(digits)
        id_ = int(digits, 16 if is_hex else 10)
    except ValueError:
        raise params.invalid_param("i", "an id of an item") from None
    if not is_id(id_):
        raise params.invalid_param("i", f"an id from 1 to {MAX_ID}")
    return id_


# --- streams ---------------------------------------------------------------------------------


def stream_id(name: StreamName) -> str:
    """The id of a stream; states and labels as those of whoever asks."""
    if name.kind == "label":
        return f"user/-/{_LABEL_PREFIX}{name.label}"
    if name in _STATE_OF:
        return f"user/-/{_STATE_PREFIX}{_STATE_OF[name]}"
    return f"feed/{subscription_number(name)}"


def subscription_number(name: StreamName) -> int:
    """The number of a subscription."""
    kinds: tuple[str, ...] = _KINDS
    return name.id * 10 + kinds.index(name.kind)


def has_number(name: StreamName) -> bool:
    """Whether the number of a subscription is one that apps can store."""
    return is_id(subscription_number(name))


def parse_stream_id(text: str) -> StreamName:
    """The stream of an id. Raises InvalidInput; also for `feed/URL`, which the caller looks up."""
    kind, _, rest = text.partition("/")
    number = parse_id(rest) if kind == "feed" else None
    if number is not None:
        id_, digit = divmod(number, 10)
        if digit < len(_KINDS) and id_:
            return StreamName(_KINDS[digit], id_)
    if kind == "user":
        _, _, rest = rest.partition("/")
        if rest.startswith(_LABEL_PREFIX) and rest != _LABEL_PREFIX:
            return StreamName("label", label=rest.removeprefix(_LABEL_PREFIX))
        if rest.startswith(_STATE_PREFIX) and rest.removeprefix(_STATE_PREFIX) in STATES:
            return STATES[rest.removeprefix(_STATE_PREFIX)]
    raise InvalidInput("error.bad_request", f"there is no stream {text[:200]!r}")


def feed_url(text: str) -> str | None:
    """The address in `feed/URL`; None for any other id."""
    url = text.removeprefix("feed/")
    return url if url != text and "://" in url else None


# --- times -----------------------------------------------------------------------------------


def parse_time(text: str, name: str) -> tuple[datetime, timedelta] | None:
    """A moment and the unit it was given in: seconds, milliseconds (13 digits), microseconds (16).

    None for an empty text or 0. Raises InvalidInput.
    """
    if not text or not text.strip("0"):
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise params.invalid_param(name, "a time in seconds, or in microseconds")
    unit = timedelta(seconds=1)
    if len(text) >= 16:
        unit = timedelta(microseconds=1)
    elif len(text) >= 13:
        unit = timedelta(milliseconds=1)
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + int(text) * unit
        return moment, unit if moment.year < MAXYEAR else timedelta(0)
    except OverflowError:
        raise params.invalid_param(name, "a time before the year 10000") from None


def end_of(moment: tuple[datetime, timedelta]) -> datetime:
    """The first moment behind a parsed time: it stands for the whole of its unit."""
    start, unit = moment
    return start + unit


def microseconds(moment: datetime) -> int:
    """A moment as microseconds since 1970."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
