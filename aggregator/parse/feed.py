"""A document from the wire to a `ParsedFeed`, whichever format it is in."""

from __future__ import annotations

from aggregator.errors import ParseError
from aggregator.parse.cdata import close_cdata
from aggregator.parse.discovery import advertised_feeds
from aggregator.parse.encoding import clean_markup, decode
from aggregator.parse.entry import build_feed
from aggregator.parse.jsonfeed import parse_json_feed
from aggregator.parse.xml_feed import read_xml
from aggregator.parse.xml_repair import (
    cut_entries,
    escape_ampersands,
    find_feed_xml,
    looks_like_html,
)
from aggregator.types import FeedDocument, FeedProblem, ParsedFeed

MAX_ENTRIES = 1_000


def parse_feed(document: FeedDocument) -> ParsedFeed:
    """Parse RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1.

    The body decides, never its content type. Keeps everything readable of a broken document, with a
    `damaged` problem, and the newest 1,000 entries of a longer one. Raises `ParseError` of the kind
    "empty", "html" (with the feeds that the page advertises) or "not_a_feed".
    """
    if not document.body.strip():
        raise ParseError("empty", "the answer has no content")
    text, damage = decode(document.body, document.content_type)
    text = clean_markup(text)
    problems = [damage] if damage else []
    if text.lstrip()[:1] == "{":
        return parse_json_feed(text, document, tuple(problems), MAX_ENTRIES)
    body = find_feed_xml(text)
    if body is None:
        raise _not_a_feed(text, document.url)
    reasons = [f"{body.preamble} around the feed"] if body.preamble else []
    xml, unclosed = close_cdata(body.xml)
    if unclosed:
        reasons.append("an unclosed CDATA section")
    xml, stray = escape_ampersands(xml)
    if stray:
        reasons.append("a bare ampersand")
    xml, count = cut_entries(xml, MAX_ENTRIES, document.timezone)
    if count > MAX_ENTRIES:
        problems.append(FeedProblem("too_many_entries", f"{count} entries, {MAX_ENTRIES} read"))
    reader, reason = read_xml(xml, document.url)
    if not reader.entries and (body.preamble or not reader.feeddata.get("title")):
        raise _not_a_feed(text, document.url)
    if reason:
        reasons.append(reason)
    if reasons:
        problems.append(FeedProblem("damaged", "; ".join(reasons)))
    entries = reader.entries[:MAX_ENTRIES]
    return build_feed(reader.feeddata, entries, reader.version, document, tuple(problems))


def _not_a_feed(text: str, url: str) -> ParseError:
    if looks_like_html(text):
        advertised = advertised_feeds(text, url)
        return ParseError("html", "a web page, not a feed", advertised=advertised)
    return ParseError("not_a_feed", "neither RSS, Atom nor JSON Feed")
