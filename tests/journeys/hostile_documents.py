# ruff: noqa: E501 (a table: one row a line)
"""What hostile publishers put into their documents: a row an address, each with what is right.

`ROWS` are polled together, beside good feeds; `serve` says what row `name` answers, by visit.
"""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from tests.publisher import PublisherConnection

Serve = Callable[[PublisherConnection], Awaitable[None]]
MARK = "نص"
# Placeholder for the canary's port.
CANARY = "http://127.0.0.1:CANARY/"


@dataclass(frozen=True)
class HostileCase:
    """`titles`: exactly these are stored, or as many as a number says, or (None) any."""

    name: str
    serve: Serve
    titles: Sequence[str] | int | None = None
    kind: str | None = None
    """The error kind on the feed at the end."""
    polled: range = range(1, 1000)
    """How often it may have been asked."""
    absent: tuple[str, ...] = ("root:", "<script", "onerror=")
    """Stands in nothing that is stored."""


ROWS: list[HostileCase] = []


def item(
    number: int | str, title: str | None = None, body: str = MARK, *, guid: str | None = None,
    link: str | None = None, more: str = "",
) -> str:  # fmt: skip
    guid = f"<guid>{guid if guid is not None else number}</guid>"
    link = link if link is not None else f"https://e.example/{number}"
    title = title if title is not None else f"خبر {number}"
    return (
        f"<item>{guid}<title>{title}</title><link>{link}</link>"
        f"<description>{body}</description>{more}</item>"
    )


def feed(*items: str, head: str = "", encoding: str = "utf-8") -> bytes:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>{head}<rss version="2.0"><channel>'
        f"<title>جريدة</title>{''.join(items)}</channel></rss>"
    )
    return text.encode(encoding)


def cdata(html: str) -> str:
    return f"<![CDATA[{html}]]>"


def row(
    name: str,
    *bodies: bytes | Callable[[int], bytes],
    titles: Sequence[str] | int | None = 1,
    kind: str | None = None,
    polled: range = range(1, 1000),
    absent: tuple[str, ...] = HostileCase.absent,
    **headers: str,
) -> None:
    """Serve `bodies` one after another, the last for ever; one that is a function gets the visit."""

    async def serve(wire: PublisherConnection) -> None:
        body = bodies[min(wire.visit, len(bodies)) - 1]
        named = {key: value.replace("VISIT", str(wire.visit)) for key, value in headers.items()}
        await wire.answer(body(wire.visit) if callable(body) else body, **named)

    ROWS.append(HostileCase(name, serve, titles, kind, polled, absent))


def status(name: str, line: str, kind: str, polled: range, **headers: str) -> None:
    async def serve(wire: PublisherConnection) -> None:
        body = b"" if line.startswith("204") else b"<script>alert(1)</script>"
        await wire.answer(body, line, **headers)

    ROWS.append(HostileCase(name, serve, 0, kind, polled))


def numbered(*numbers: int) -> list[str]:
    return [f"خبر {number}" for number in numbers]


# --- xml -----------------------------------------------------------------------------------------

ONE = item(1)
row(
    "entity-file",
    feed(item(1, "خبر &x;"), head='<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    titles=None,
)
row(
    "entity-private",
    feed(item(1, "خبر &x;"), head=f'<!DOCTYPE r [<!ENTITY x SYSTEM "{CANARY}">]>'),
    titles=None,
)
row(
    "external-dtd",
    feed(ONE, head=f'<!DOCTYPE r [<!ENTITY % x SYSTEM "{CANARY}"> %x;]>'),
    titles=None,
)
row(
    "doctype-system",
    feed(ONE, head='<!DOCTYPE rss SYSTEM "file:///etc/hosts">'),
    titles=numbered(1),
)
row("stylesheet", feed(ONE, head=f'<?xml-stylesheet href="{CANARY}"?>'), titles=numbered(1))
LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
row(
    "billion-laughs",
    feed(item(1, "&l9;"), head=f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]>'),
    titles=None,
)
row("deep", feed(item(1, body=cdata("<div>" * 100_000 + MARK))), titles=numbered(1))
row("deep-elements", feed("<a>" * 50_000 + ONE), titles=None)
row("less-than", feed(item(1, body=cdata("<" * 1_000_000))), titles=numbered(1))
row("ampersands", feed(item(1, body=cdata("&&#" * 250_000))), titles=numbered(1))
row("bare-ampersands", feed(item(1, body="&" * 300_000)), titles=numbered(1))
row("css", feed(item(1, body=cdata(f'<p style="{"/**/" * 20_000}a:b{chr(39) * 5000}">{MARK}'))))
row("half-urls", feed(item(1, body="http://http://" * 50_000)), titles=numbered(1))
row("windows-1256", feed(item(1, "خبر"), encoding="windows-1256"), titles=["خبر"])
row(
    "wrong-http-charset",
    feed(item(1, "خبر")),
    titles=["خبر"],
    Content_Type="text/xml; charset=iso-8859-1",
)
row("text-xml", feed(item(1, "خبر")), titles=["خبر"], Content_Type="text/xml")
row("utf-16", feed(item(1, "خبر"), encoding="utf-16"), titles=["خبر"])
row(
    "utf-7",
    b'<?xml version="1.0" encoding="utf-7"?><rss version="2.0"><channel><title>x</title><item><guid>1</guid><title>+ADw-script+AD4-alert(1)</title></item></channel></rss>',
    titles=None,
)
row("broken-html", feed(item(1, "قهوة & شاي", "أول<br>ثان")), titles=["قهوة & شاي"], kind="damaged")
row("two-feeds", feed(ONE) + feed(item(2)), titles=numbered(1), kind="damaged")
row("cut", feed(ONE, item(2))[:-60], titles=numbered(1), kind="damaged")
row("surrogate-and-nul", feed(item(1, "خبر &#xD800;&#0;كبير")), titles=1, kind=None)
for place, label in enumerate(
    ["text/html", "image/png", "application/octet-stream", "; ; =", "application/rss+xml"]
):
    row(f"labelled-{place}", feed(ONE), titles=numbered(1), Content_Type=label)
LOGIN = b"<!doctype html><title>Sign in</title><script>alert(1)</script>"
row("login-later", feed(ONE), LOGIN, titles=numbered(1), kind="html", ETag='"VISIT"')
row(
    "pdf-later",
    feed(ONE),
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3" * 99,
    titles=numbered(1),
    kind="not_a_feed",
    ETag='"VISIT"',
)
row("empty-later", feed(ONE), b"", titles=numbered(1), kind="empty", ETag='"VISIT"')
row("spaces-later", feed(ONE), b" \n" * 99, titles=numbered(1), kind="empty", ETag='"VISIT"')
row(
    "bad-gzip-later",
    feed(ONE),
    b"\x1f\x8b\x08\0garbage",
    titles=numbered(1),
    kind="bad_response",
    ETag='"VISIT"',
)
row(
    "html-in-xml",
    feed(
        item(
            1,
            cdata("<b>AT&amp;T</b> <img src=x onerror=alert(1)>"),
            cdata("<script>alert(1)</script>" + MARK),
        )
    ),
)
row(
    "json",
    json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "x",
            "items": [
                {"id": 1, "title": "خبر", "content_html": "<script>alert(1)</script>نص"},
                {"id": None},
                7,
            ],
        }
    ).encode(),
    titles=None,
)
row(
    "json-odd",
    b'{"version": "https://jsonfeed.org/version/1.1", "items": {"a": [[[]]]}}',
    titles=0,
    kind="not_a_feed",
)
row("huge-title", feed(item(1, "ا" * 2_000_000)))
row(
    "many-authors",
    feed(
        item(1, more="<author>" + "x, " * 60_000 + "</author>" + "<category>c</category>" * 20_000)
    ),
)

# --- status --------------------------------------------------------------------------------------

ONCE, FEW = range(1, 2), range(2, 1000)
LATER = format_datetime(datetime(2035, 1, 1, tzinfo=UTC), usegmt=True)
status("retry-after", "503 Busy", "server_error", ONCE, Retry_After="120")
status("retry-date", "503 Busy", "server_error", ONCE, Retry_After=LATER)
status("retry-absurd", "503 Busy", "server_error", ONCE, Retry_After="9" * 400)
status("retry-negative", "503 Busy", "server_error", FEW, Retry_After="-5")
status("retry-word", "503 Busy", "server_error", FEW, Retry_After="soon")
status("retry-float", "503 Busy", "server_error", FEW, Retry_After="1.5")
status("retry-none", "503 Busy", "server_error", FEW)
status("429-none", "429 Slow Down", "rate_limited", FEW)
status(
    "429-past", "429 Slow Down", "rate_limited", FEW, Retry_After="Mon, 01 Jan 2001 00:00:00 GMT"
)
status("gone", "410 Gone", "gone", ONCE)
status(
    "realm",
    "401 No",
    "unauthorized",
    FEW,
    WWW_Authenticate='Basic realm="<script>alert(1)</script>"',
)
status("reason", "500 <img src=x onerror=alert(1)>", "server_error", FEW)
status("204", "204 No Content", "empty", FEW)
status("206", "206 Partial", "html", FEW)
status("304-unasked", "304 Not Modified", "bad_response", FEW)
status("418", "418 Teapot", "http_status", FEW)

# --- cache ---------------------------------------------------------------------------------------

row("etag-new-each-time", feed(ONE), titles=numbered(1), polled=FEW, ETag='"VISIT"')
row("etag-huge", feed(ONE), titles=numbered(1), polled=FEW, ETag='"' + "e" * 100_000 + '"')
row(
    "modified-2099",
    lambda n: feed(item(n)),
    titles=None,
    polled=FEW,
    Last_Modified="Thu, 01 Jan 2099 00:00:00 GMT",
)
row("max-age", feed(ONE), titles=numbered(1), polled=range(1, 22), Cache_Control="max-age=7200")
row(
    "max-age-absurd",
    feed(ONE, "<ttl>525600</ttl>"),
    titles=numbered(1),
    polled=range(1, 22),
    Cache_Control="public, max-age=99999999999",
    Expires="0",
)
row(
    "cache-nonsense",
    feed(ONE),
    titles=numbered(1),
    polled=FEW,
    Cache_Control='max-age="x", ,,=,max-age',
    Expires="yesterday",
)

# --- entries -------------------------------------------------------------------------------------

UNDATED = [item(1), item(2), item(3)]
row("undated", feed(*UNDATED), feed(*reversed(UNDATED)), feed(*UNDATED), titles=numbered(3, 2, 1))
row(
    "dated-now",
    lambda n: feed(item(1, more=f"<pubDate>{format_datetime(datetime.now(UTC))}</pubDate>")),
    titles=numbered(1),
)
row(
    "dated-absurd",
    feed(
        item(1, more="<pubDate>Mon, 99 Foo 99999 99:99:99 +9999</pubDate>"),
        item(2, more="<pubDate>Mon, 01 Jan 9999 00:00:00 GMT</pubDate>"),
    ),
    titles=numbered(2, 1),
)
row("8-mb", feed(item(1, body=cdata("<p>نص طويل</p>" * 400_000))), titles=numbered(1))
row("50000", feed(*(item(n) for n in range(50_000))), titles=1000, kind="too_many_entries")
row(
    "new-guids",
    lambda n: feed(*(item(k, f"خبر عن الموضوع {k}", guid=f"{n}-{k}") for k in range(20))),
    titles=20,
)
row(
    "new-guids-undated-short",
    lambda n: feed(*(item(k, f"خ {k}", "", guid=f"{n}-{k}") for k in range(5))),
    titles=5,
)
row(
    "no-guids",
    feed(item(1, guid=""), item(2, guid="   "), item(3, guid="0"), item(4, guid="null")),
    titles=numbered(4, 3, 2, 1),
)
row(
    "constant-guid",
    feed(item(1, guid="g"), item(2, guid="g"), item(3, guid="g")),
    feed(item(3, guid="g"), item(4, guid="g")),
    titles=["خبر 3", "خبر 2", "خبر 1", "خبر 4"],
)
row(
    "guid-and-headline",
    lambda n: feed(
        item(1, f"خبر {min(n, 3)}", guid="g", link="https://e.example/a"),
        item(2, guid="g", link="https://e.example/b"),
    ),
    titles=None,
)
CAFE = unicodedata.normalize("NFC", "café"), unicodedata.normalize("NFD", "café")
row(
    "normal-forms",
    feed(item(1, "خبر", guid=CAFE[0])),
    feed(item(1, "خبر", guid=CAFE[1])),
    titles=["خبر"],
)
row(
    "case-in-guids",
    feed(item(1, guid="ABC"), item(2, guid="abc"), item(3, guid="abc ")),
    titles=None,
)
BIDI = "\u202eمقلوب\u2066 \u061c"
row("bidi", feed(item(1, BIDI)), absent=("\u202e", "\u2066", "\u061c"))
row(
    "shuffled",
    lambda n: feed(*random.Random(n).sample([item(k) for k in range(20)], 20)),
    titles=20,
)
row("shrinking", lambda n: feed(*(item(k) for k in range(max(20 - n, 0)))), titles=19)
row("vanishing", lambda n: feed(*([] if n % 2 == 0 else UNDATED)), titles=numbered(3, 2, 1))
row(
    "relative",
    feed(item(1, body=cdata('<a href="/x">a</a><img src="pic.jpg">'), link="/story?a=1")),
    absent=('href="/', 'src="pic'),
)
PRIVATE = f'<img src="{CANARY}a.jpg"><img src="http://169.254.169.254/latest"><img src="file:///etc/passwd">{MARK}'
row(
    "private-images",
    feed(
        item(
            1,
            body=cdata(PRIVATE),
            link=CANARY,
            more=f'<enclosure url="{CANARY}e.mp3" type="audio/mpeg" length="-5"/>',
        )
    ),
    absent=("file://",),
)
ODD = [
    "%s %d {0}",
    "' OR 1=1 --",
    'NEAR(a b) AND * "x" -y',
    "a^b:c",
    "$(id) `id`",
    "\\'; DROP TABLE entries;",
]
row(
    "odd-titles",
    feed(*(item(n, cdata(title), guid=title.replace("&", "")) for n, title in enumerate(ODD))),
    titles=ODD[::-1],
)
row(
    "atom-types",
    b'<feed xmlns="http://www.w3.org/2005/Atom"><title type="html">&lt;b&gt;x</title><entry><id>1</id><title type="html">AT&amp;amp;T &amp;lt;b></title></entry><entry><id>2</id><title>AT&amp;T &lt;b></title></entry><entry><id>3</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">AT&amp;T <b>x</b></div></title></entry></feed>',
    titles=["AT&T x", "AT&T <b>", "AT&T <b>"],
)
row("good-and-garbage", lambda n: feed(item(n)) if n % 2 else b"\xff\xfe garbage" * n, titles=None)
row("same-twice", feed(ONE, ONE, ONE), titles=numbered(1))
row(
    "utm-guids",
    lambda n: feed(
        item(
            1,
            guid=f"https://e.example/1?utm_source=rss{n}",
            link=f"https://www.e.example/1?utm_source=r{n}",
        )
    ),
    titles=numbered(1),
)
row("no-entries", feed(), titles=0)
row("only-empty-entries", feed("<item/>", "<item></item>"), titles=None)
