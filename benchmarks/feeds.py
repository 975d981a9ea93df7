"""The feeds the publisher serves: RSS 2.0 documents, the same for the same seed."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from html import escape
from typing import Literal, get_args

from benchmarks.vocabulary import Writer

Round = Literal["first", "unchanged", "changed"]
ROUNDS: tuple[Round, ...] = get_args(Round)

# Target size of an entry's HTML, in bytes of UTF-8.
BODY_BYTES = 1500
# In the round `changed`, every tenth feed has changed: 10 %.
CHANGED_EVERY = 10
# New entries of a changed feed.
NEW_ENTRIES = 3
# Which entry of the first round, counted from its newest, has an edited body.
_EDITED = 5


def is_changed(feed: int) -> bool:
    """Whether `feed` (from 1) gains entries in the round `changed`."""
    return feed % CHANGED_EVERY == 0


def changed_feeds(feeds: int) -> int:
    """How many of `feeds` feeds gain entries in the round `changed`."""
    return feeds // CHANGED_EVERY


@dataclass(frozen=True, slots=True)
class Document:
    """One version of a feed, ready to send, with its validators."""

    body: bytes
    etag: str
    last_modified: str


@dataclass(frozen=True)
class Catalogue:
    """Recipe for all documents of a run.

    `newest` is the time of the newest entry in the first round; `base` the address of the
    publisher without a slash at its end, to which the links and images point.
    """

    seed: int
    entries: int
    newest: datetime
    base: str

    def document(self, feed: int, round_: Round) -> Document:
        """Feed number `feed` (from 1) in `round_`."""
        changed = round_ == "changed" and is_changed(feed)
        gained = NEW_ENTRIES if changed else 0
        last = self.entries + gained
        edited = self.entries - _EDITED if changed else 0
        items = (
            self._item(feed, serial, edited=serial == edited)
            for serial in range(last, last - self.entries, -1)
        )
        body = "".join([self._head(feed), *items, "</channel></rss>\n"]).encode()
        digest = hashlib.sha256(body).hexdigest()[:32]
        return Document(body, f'"{digest}"', _http_date(self._published(feed, last)))

    @cached_property
    def _images(self) -> tuple[str, ...]:
        return tuple(f"{self.base}/images/{number}.jpg" for number in range(40))

    def _head(self, feed: int) -> str:
        name = escape(Writer(f"{self.seed}:{feed}").phrase(2))
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>\n'
            f"<title>{name} {feed}</title><link>{self.base}/site/{feed}</link>\n"
            f"<description>{name}</description><language>ar</language>\n"
        )

    def _item(self, feed: int, serial: int, *, edited: bool) -> str:
        writer = Writer(f"{self.seed}:{feed}:{serial}")
        link = f"{self.base}/site/{feed}/{serial}.html"
        title = escape(writer.headline())
        body = self._body(writer, feed)
        if edited:
            body += f"<p><strong>تحديث:</strong> {writer.sentence()}</p>"
        return (
            f"<item><title>{title}</title><link>{link}</link>\n"
            f'<guid isPermaLink="false">tag:{feed}.example,2026:{serial}</guid>\n'
            f"<pubDate>{format_datetime(self._published(feed, serial))}</pubDate>\n"
            f"<dc:creator>{escape(writer.phrase(2))}</dc:creator>"
            f"<category>{escape(writer.phrase(1))}</category>\n"
            f"<description><![CDATA[{body}]]></description></item>\n"
        )

    def _body(self, writer: Writer, feed: int) -> str:
        image = self._images[writer.number(0, len(self._images) - 1)]
        parts = [
            f'<p><img src="{image}" alt="{escape(writer.phrase(4))}" width="800" height="450"></p>',
            f'<p>{writer.sentence()} <a href="{self.base}/site/{feed}/more">{writer.phrase(3)}</a>'
            f" {writer.sentence()}</p>",
        ]
        while (missing := BODY_BYTES - len("".join(parts).encode())) > 0:
            paragraph = f"<p><strong>{writer.phrase(2)}</strong> {writer.sentence()}</p>"
            parts.append(_fitted(paragraph, missing))
        return "\n".join(parts)

    def _published(self, feed: int, serial: int) -> datetime:
        if serial > self.entries:
            return self.newest + timedelta(minutes=5 * (serial - self.entries))
        gap = timedelta(minutes=7 + feed * 13 % 47)
        return self.newest - gap * (self.entries - serial)


def _fitted(paragraph: str, limit: int) -> str:
    """`paragraph`, shortened and without markup if it is longer than `limit` bytes."""
    if len(paragraph.encode()) <= limit + 60:
        return paragraph
    words = paragraph.removesuffix("</p>").rpartition("</strong> ")[2].split()
    kept: list[str] = []
    while words and len(" ".join(kept).encode()) < limit - 8:
        kept.append(words.pop(0))
    return f"<p>{' '.join(kept)}</p>"


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
