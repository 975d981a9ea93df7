"""Limits of fields, ids and slugs: each stands here once, for parser, services, storage and web."""

from __future__ import annotations

import re

# Largest public id: some sync clients keep ids in signed 32-bit integers.
MAX_ID = 2**31 - 1

# Slugs stand in URLs: lower-case letters a-z, digits and single hyphens.
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_SLUG = 80
MAX_TOPIC_SLUG = 60

# Longer URLs are not polled; publishers may use longer ones for feeds than for articles.
MAX_FEED_URL = 8_000

# What an entry keeps of its publisher's fields, in characters and in numbers.
MAX_URL = 2000
MAX_GUID = 2000
MAX_TITLE = 500
MAX_SUMMARY = 400
MAX_AUTHOR = 200
MAX_CATEGORY = 100
MAX_CATEGORIES = 20
MAX_ENCLOSURES = 10

# What readers, editors and operators type, in characters.
MAX_USER_NAME = 40
MIN_PASSWORD = 8
MAX_PASSWORD = 1000
MAX_LABEL = 80
MAX_TAG = 60
MAX_FOLDER_NAME = 60
MAX_MUTED_WORD = 80
MAX_SEARCH_NAME = 80
MAX_QUERY = 4000
MAX_SOURCE_NAME = 120
MAX_TOPIC_NAME = 120
MAX_TOPIC_ABOUT = 1000
MAX_REASON = 300
MAX_NOTE = 2000


def is_id(value: int) -> bool:
    """Whether `value` can be a public id; asking the database for larger ones is an error."""
    return 0 < value <= MAX_ID


def parse_id(text: str) -> int | None:
    """The id that `text` is in ASCII digits; None if it is none."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(MAX_ID)):
        return None
    return int(text) if is_id(int(text)) else None


def is_slug(text: str, max_length: int = MAX_SLUG) -> bool:
    """Whether `text` can stand in a URL as the name of a source or topic."""
    return len(text) <= max_length and _SLUG.fullmatch(text) is not None
