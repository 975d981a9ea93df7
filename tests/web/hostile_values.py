"""What nobody should send and anybody can: values for paths, queries, forms and headers."""

from __future__ import annotations

from base64 import urlsafe_b64encode

CORE: tuple[str | bytes, ...] = (
    "", "a\0b", "\ud800", b"\xff\xfe", "'\"><script>", "\r\nSet-Cookie: a=b", "a" * 70_000,
)  # fmt: skip
"""For each parameter that is a text."""
NUMBERS = (
    "", "a\0b", b"\xff\xfe", "-1", "0", "1.5", "1_0", "٣", "²", "NaN", "1,,2", str(2**31 - 1),
    str(2**31), str(2**63), "9" * 5000, "0" * 11 + "9" * 5000,
)  # fmt: skip
TEXTS: tuple[str | bytes, ...] = (
    " ", "\0", "\udfff\ud800", b"\xc0\x80", "\ufffe\uffff", "\u202e\u2066\u061c", "%", "%s%d{0}",
    "../../etc/passwd", "//evil.example", "http://[", "[1,2]", '{"a":1}', "ء" * 9_000,
    "\u0301" * 4_000,
)  # fmt: skip
"""For all parameters of a route at once."""
QUERIES = (
    "(" * 3000,
    "NOT " * 2000, '"' * 999, "*", "-", "a*", '""', "source:", "source:\0", "tag:\ud800",
    "after:99999-99-99", "after:0000-01-01", "after:999999999999d", "NEAR(a b)", "a AND", "OR",
    "title:(((a)", " OR ".join(f"w{number}" for number in range(3000)), "is:unread is:starred",
    " ".join(f"source:q{number}" for number in range(99)), "يوم:١٢٣٤٥٦٧٨٩٠", "a" * 5000 + "*",
)  # fmt: skip


def _cursor(text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return urlsafe_b64encode(data).decode().rstrip("=")


CURSORS = (
    "", "=", "====", "!!!!", "AAAA", "A", "é", "٣٣٣٣", "a" * 5000,
    *map(_cursor, (
        ".", "1", "1.1", "-1.1", "1.-1", "1.0", "٣.٤", "1_0.1", "0.2147483648", f"{2**62}.1",
        f"{2**70}.1", f"1.{2**70}", "nan.1", f"{'9' * 4000}.1", b"\xff.\xff", "1.1.1",
        *(
            f"{order} {numbers} {score}"
            for order in "nr"
            for numbers in ("1 2 3", "0 0 0", "-1 -1 -1", f"{2**62} 1 1", f"1 {2**70} 1", "1 2")
            for score in ("0.0", "nan", "inf", "-1e999")
        ),
    )),
)  # fmt: skip

_NUMBERED = (
    "entry_id", "story_id", "feed_id", "user_id", "search_id", "note_id", "feed", "limit", "page",
    "before", "base", "number", "days", "up_to", "above", "older_than", "ids", "other",
)  # fmt: skip
STORED = frozenset(("a\0b", "\0", str(2**31), str(2**63), *map(_cursor, ("1.1", f"{2**62}.1"))))
"""What databases differ in."""
BY_NAME: dict[str, tuple[str | bytes, ...]] = {
    "cursor": CURSORS,
    "q": (*QUERIES, *CORE),
    "rule": QUERIES,
} | dict.fromkeys(_NUMBERED, NUMBERS)
"""For parameters of some name; all others get `CORE`."""

HEADERS: dict[str, tuple[str, ...]] = {
    "Accept": ("", "*", "application/json;q=nan", "a" * 9000, ";;;,,,", "text/html;q=1e999"),
    "Accept-Encoding": ("br;q=x", "gzip;q=-1", ",,,", "identity;q=0, *;q=0"),
    "Accept-Language": ("*", "ar;q=", "fr-" + "x" * 9000, "xx;q=1,,;", "en;q=999999999"),
    "Authorization": (
        "", "Bearer", "Bearer ", "Bearer \x80", "Basic", "Basic ====", "Basic OjpA", "bearer a b",
        "Bearer " + "a" * 9000, "Digest x", "Bearer ../../etc",
    ),
    "Cookie": (
        "marsad_session=", "marsad_session=" + "a" * 4000, "marsad_session=\x80\xff; a",
        'marsad_session="\\000\\377"', "marsad_form=", "marsad_form=eyJhIjoxfQ.aaaa.bbbb",
        "marsad_form=.eJw.aaaa.bbbb", "marsad_view=theme=\x80.density=.size",
        "marsad_view=" + "." * 999,
        "marsad_language=../..", "marsad_language=\x80", ";;;=;=", "a" * 9000, '="',
    ),
    "Content-Type": ("", ";", "multipart/form-data", "multipart/form-data; boundary=", "text/\x80",
                     "application/json", "application/x-www-form-urlencoded; charset=utf-7"),
    "Host": ("", "a b", "[::1", "a:99999", "a" * 9000, "evil.example", "\x80", "a\\b", "a/b@c"),
    "If-Modified-Since": ("0", "Mon, 99 Foo 99999 99:99:99 GMT", "\x80",
                          "Thu, 01 Jan 0001 00:00:00 GMT"),
    "If-None-Match": ("*", '"', 'W/"', ",,," * 999, "\x80", '"a", W/"b', "a" * 9000),
    "If-Range": ("*", '"', "Mon, 99 Foo"),
    "Origin": ("null", "http://", "http://[", "https://evil.example", "\x80"),
    "Range": ("bytes=", "bytes=9-1", "bytes=-", "bytes=0-99999999999999999999", "lines=1",
              "bytes=a-b"),
    "Referer": ("http://[", "//", "\x80", "https://evil.example:x/"),
    "Sec-Fetch-Site": ("", "cross-site", "\x80", "same-origin, cross-site"),
    "Sec-Purpose": ("prefetch", "\x80"),
    "User-Agent": ("", "\x80\xff", "a" * 9000, "<script>"),
    "X-Forwarded-For": ("", ",", "unknown", "::1%eth0", "999.1.1.1", "127.0.0.1, " * 99, "\x80"),
    "X-Forwarded-Proto": ("", "javascript", "https,http", "\x80"),
    "X-Hub-Signature": ("", "sha1", "sha1=", "md5=x", "sha256=\x80", "=", "sha512=" + "a" * 9000),
}  # fmt: skip
BODIES = (
    (b"", "multipart/form-data; boundary=x"),
    (b"--x\r\n", "multipart/form-data; boundary=x"),
    (b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--", "multipart/form-data; boundary=x"),
    (b"--x\r\nContent-Disposition: form-data; name=\"\x80\"\r\n\r\n\xff\r\n--x--\r\n",
     "multipart/form-data; boundary=x"),
    (b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\0\r\n--x--\r\n",
     "multipart/form-data; boundary=x"),
    (b'{"on": 1}', "application/json"),
    (b"[" * 9000, "application/json"),
    (b"\xff\xfe", "application/x-www-form-urlencoded"),
    (b"&=&=;%&%zz=%", "application/x-www-form-urlencoded"),
    (b"&".join(b"a=1" for _ in range(5000)), "application/x-www-form-urlencoded"),
    (b"<a/>", "text/xml"),
)  # fmt: skip
"""Bodies of forms that are none, with what they say they are."""
