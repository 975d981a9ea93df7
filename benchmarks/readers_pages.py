"""What readers request from a large newsroom, by kind of page."""

import http.client
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from random import Random

from benchmarks.readers_rows import Size, session_token
from benchmarks.web_load import HttpRequest

# Readers who take turns; those that `readers_rows` makes extreme are not among them.
READERS = 100
PER_READER = 3
# Opened entries are drawn from this many of the newest.
OPENED_AMONG = 5000

_CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')
_ENCODING = {"Accept-Encoding": "gzip, deflate, br", "Accept-Language": "ar-MA"}


@dataclass(frozen=True)
class Person:
    """A reader with the headers that their browser sends."""

    id: int
    headers: dict[str, str]


Page = tuple[str, Callable[[Person, int, Random], HttpRequest]]


def people(port: int, size: Size) -> list[Person]:
    """Readers who have opened the site once."""
    last = min(size.readers, 7 + READERS)
    return [person(port, number) for number in range(8, last + 1)]


def person(port: int, number: int) -> Person:
    """One reader, with what a form needs."""
    cookie = f"marsad_session={session_token(number)}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/account", headers={"Cookie": cookie})
    answer = connection.getresponse()
    found = _CSRF.search(answer.read().decode())
    form = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    connection.close()
    assert found, f"reader {number} is not signed in"
    headers = {"Cookie": f"{cookie}; {form}", "X-CSRFToken": found[1], **_ENCODING}
    return Person(number, headers)


def requests(
    page: Page, readers: Sequence[Person], latest: int, size: Size
) -> Iterator[HttpRequest]:
    """The requests: a few for each reader."""
    _, ask = page
    random = Random("requests")
    for _ in range(PER_READER):
        for each in readers:
            recent = latest - random.randrange(min(OPENED_AMONG, size.entries))
            yield ask(each, recent, random)


def _page(kind: str, path: str) -> Page:
    """`{entry}` is a recent entry, `{source}` some source."""

    def ask(reader: Person, entry: int, random: Random) -> HttpRequest:
        address = path.format(entry=entry, source=f"source-{random.randrange(1, 201):03}")
        return HttpRequest(address, kind, reader.headers)

    return kind, ask


def _visitor(reader: Person, entry: int, random: Random) -> HttpRequest:
    return HttpRequest("/", "list, visitor", _ENCODING)


_on = cycle("10")


def _mark(reader: Person, entry: int, random: Random) -> HttpRequest:
    """Mark ten entries scrolled past; the next reader undoes as many."""
    ids = ",".join(str(entry - age) for age in range(10))
    headers = {**reader.headers, "Accept": "application/json"}
    return HttpRequest("/entries/read", "mark ten", headers, f"ids={ids}&on={next(_on)}")


PAGES: tuple[Page, ...] = (
    ("list, visitor", _visitor),
    _page("list", "/"),
    _page("list of a country", "/?country=MA"),
    _page("my news", "/mine"),
    _page("my news, unread", "/mine?unread=1"),
    _page("a source", "/sources/{source}"),
    _page("an entry", "/entries/{entry}?in=mine"),
    _page("starred", "/starred"),
    ("mark ten", _mark),
)
# The extreme readers of `readers_rows`.
EXTREMES = {
    1: "up to date",
    2: "a month away",
    3: "one quiet source",
    4: "a month of single entries",
    5: "new",
    6: "all sources",
    7: "all sources, nothing read",
}
MINE = (_page("my news", "/mine"), _page("my news, unread", "/mine?unread=1"))
