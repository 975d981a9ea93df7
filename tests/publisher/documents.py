"""The feeds that the publisher serves."""

from __future__ import annotations


def rss(count: int = 3, start: int = 0) -> bytes:
    """A plain Arabic feed of `count` entries."""
    entries = "".join(
        f"<item><guid>g{number}</guid><title>خبر {number}</title>"
        f"<link>https://example.com/{number}</link><description>نص الخبر {number}</description>"
        "</item>"
        for number in range(start, start + count)
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>جريدة</title>'
        f"<link>https://example.com/</link>{entries}</channel></rss>"
    ).encode()
