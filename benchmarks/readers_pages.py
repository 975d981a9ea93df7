"""What readers, editors and operators request from a large newsroom: every page of the site."""

import http.client
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from random import Random
from urllib.parse import quote

from benchmarks.readers_collections import TAGS, first_folder, staff
from benchmarks.readers_rows import Size, session_token
from benchmarks.vocabulary import Writer
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
    """Somebody with the headers that their browser sends."""

    id: int
    headers: dict[str, str]


# Those who request, by role: "visitor", "reader", "editor", "operator".
People = Mapping[str, Sequence[Person]]


@dataclass(frozen=True)
class Samples:
    """What a database has to open."""

    latest: int
    """The id of the newest entry."""
    small_stories: Sequence[int]
    """Of two or three entries."""
    large_stories: Sequence[int]
    """The largest of the last days."""
    reprint: tuple[int, int]
    """A story and an entry of it that reprints another."""
    sources: int
    """The number of sources; their ids begin with 1."""


@dataclass(frozen=True)
class Page:
    """A kind of page, and who requests it."""

    name: str
    ask: Callable[[Person, Samples, Random], HttpRequest]
    role: str = "reader"


def people(port: int, size: Size) -> People:
    """Readers and staff who have opened the site once, and a visitor."""
    last = min(size.readers, 7 + READERS)
    signed_in = {role: [person(port, id_)] for role, id_ in staff(size).items()}
    readers = [person(port, number) for number in range(8, last + 1)]
    return {"visitor": [Person(0, _ENCODING)] * len(readers), "reader": readers} | signed_in


def person(port: int, number: int) -> Person:
    """One account, with what a form needs."""
    cookie = f"marsad_session={session_token(number)}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/account", headers={"Cookie": cookie})
    answer = connection.getresponse()
    token = csrf_token(answer.read().decode())
    form = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    connection.close()
    return Person(number, {"Cookie": f"{cookie}; {form}", "X-CSRFToken": token, **_ENCODING})


def csrf_token(page: str) -> str:
    """What a form of this page has to send."""
    found = _CSRF.search(page)
    assert found, "not signed in"
    return found[1]


def requests(page: Page, who: Sequence[Person], samples: Samples) -> Iterator[HttpRequest]:
    """The requests: a few for each person."""
    random = Random("requests")
    for _ in range(max(PER_READER, PER_READER * READERS // len(who))):
        for each in who:
            yield page.ask(each, samples, random)


_WORDS = Writer("searched").phrase(200).split()


def _page(name: str, path: str, role: str = "reader") -> Page:
    """A page whose `path` has the variables of `_values`."""

    def ask(who: Person, samples: Samples, random: Random) -> HttpRequest:
        return HttpRequest(path.format(**_values(samples, random)), name, who.headers)

    return Page(name, ask, role)


def _values(samples: Samples, random: Random) -> dict[str, object]:
    """A recent entry, some source, feed, country, language, tag and word; stories."""
    source = random.randrange(1, samples.sources + 1)
    return {
        "entry": samples.latest - random.randrange(min(OPENED_AMONG, samples.latest)),
        "feed": source,
        "source": f"source-{source:03}",
        "story": random.choice(samples.small_stories),
        "large_story": random.choice(samples.large_stories),
        "reprinting_story": samples.reprint[0],
        "reprint": samples.reprint[1],
        "tag": quote(random.choice(TAGS)),
        "word": quote(random.choice(_WORDS)),
    }


_on = cycle("10")


def _mark(who: Person, samples: Samples, random: Random) -> HttpRequest:
    """Mark ten entries scrolled past; the next reader undoes as many."""
    entry = samples.latest - random.randrange(min(OPENED_AMONG, samples.latest - 10))
    ids = ",".join(str(entry - age) for age in range(10))
    headers = {**who.headers, "Accept": "application/json"}
    return HttpRequest("/entries/read", "mark ten", headers, f"ids={ids}&on={next(_on)}")


def _folder(who: Person, _samples: Samples, _random: Random) -> HttpRequest:
    path = f"/mine?view=entries&folder={first_folder(who.id)}"
    return HttpRequest(path, "entries of a folder", who.headers)


PAGES: tuple[Page, ...] = (
    _page("front page, visitor", "/", "visitor"),
    _page("front page", "/"),
    _page("front page in Arabic", "/?lang=ar"),
    _page("front page in French", "/?lang=fr"),
    _page("front page, a country", "/?country=MA"),
    _page("front page, a source", "/?source={source}"),
    _page("front page, unread", "/?unread=1"),
    _page("front page, unread in Arabic", "/?unread=1&lang=ar"),
    _page("a section, visitor", "/sections/sport", "visitor"),
    _page("a section in Arabic", "/sections/world?lang=ar"),
    _page("a section, unread", "/sections/economy?unread=1"),
    _page("entries, visitor", "/?view=entries", "visitor"),
    _page("entries", "/?view=entries"),
    _page("entries of a country", "/?view=entries&country=MA"),
    _page("entries, unread", "/?view=entries&unread=1"),
    _page("my news", "/mine"),
    _page("my news, unread", "/mine?unread=1"),
    _page("my news, entries", "/mine?view=entries"),
    Page("entries of a folder", _folder),
    _page("a small story", "/stories/{story}"),
    _page("a story of 300", "/stories/{large_story}"),
    _page("changes of a reprint", "/stories/{reprinting_story}/changes/{reprint}"),
    _page("an entry", "/entries/{entry}?in=mine"),
    _page("a source", "/sources/{source}"),
    _page("all sources", "/sources"),
    _page("an owner", "/owners/owner-00"),
    _page("an owner, unread in Arabic", "/owners/owner-00?unread=1&lang=ar"),
    _page("all owners", "/owners"),
    _page("topics", "/topics"),
    _page("a large topic", "/topics/large"),
    _page("a small topic", "/topics/small"),
    _page("starred", "/starred"),
    _page("tags", "/tags"),
    _page("a tag", "/tags/{tag}"),
    _page("search", "/search?q={word}"),
    _page("search, empty", "/search"),
    _page("following", "/following"),
    _page("following as OPML", "/following.opml"),
    _page("account", "/account"),
    _page("export of an account", "/account/export.json"),
    _page("form token", "/session/token"),
    _page("sign-in", "/login", "visitor"),
    _page("offline", "/offline", "visitor"),
    Page("mark ten", _mark),
    _page("desk", "/desk", "editor"),
    _page("desk: a new topic", "/desk/topics/new", "editor"),
    _page("desk: a topic", "/desk/topics/large", "editor"),
    _page("desk: entries of a topic", "/desk/topics/large/entries", "editor"),
    _page("desk: history of a topic", "/desk/topics/large/history", "editor"),
    _page("desk: deleting a topic", "/desk/topics/large/delete", "editor"),
    _page("operate", "/operate", "operator"),
    _page("operate: a feed", "/operate/feeds/{feed}", "operator"),
    _page("operate: people", "/operate/people", "operator"),
    _page("metrics", "/metrics", "operator"),
    _page("API: entries", "/api/v1/entries", "visitor"),
    _page("API: entries of a source", "/api/v1/entries?source={source}&collapse=1", "visitor"),
    _page("API: an entry", "/api/v1/entries/{entry}", "visitor"),
    _page("API: stories", "/api/v1/stories", "visitor"),
    _page("API: a story of 300", "/api/v1/stories/{large_story}", "visitor"),
    _page("API: topics", "/api/v1/topics", "visitor"),
    _page("API: a topic", "/api/v1/topics/large", "visitor"),
    _page("API: entries of a topic", "/api/v1/topics/large/entries", "visitor"),
    _page("API: search", "/api/v1/search?q={word}", "visitor"),
    _page("API: feeds", "/api/v1/feeds", "visitor"),
    _page("topic as Atom", "/topics/large.atom", "visitor"),
    _page("topic as RSS", "/topics/large.rss", "visitor"),
    _page("topic as JSON Feed", "/topics/large.json", "visitor"),
    _page("topic as OPML", "/topics/large.opml", "visitor"),
    _page("topic as CSV", "/topics/large.csv", "visitor"),
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
MINE = (
    _page("front page", "/"),
    _page("front page, unread", "/?unread=1"),
    _page("my news", "/mine"),
    _page("my news, unread", "/mine?unread=1"),
)
