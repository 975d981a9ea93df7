"""Search finds the same entries in the same order on both databases."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import update

from aggregator.errors import InvalidInput, PermissionDenied
from aggregator.query import parse
from aggregator.services.search import search
from aggregator.services.search.cursors import decode_cursor, next_cursor
from aggregator.services.search.request import SearchContext, SearchRequest
from aggregator.storage.engine import Database
from aggregator.storage.feeds.owners import sync_owners
from aggregator.storage.models import Source
from aggregator.storage.search import retrieval
from aggregator.types import SearchHit, SearchOrder, SearchPage, User
from tests.builders import (
    NOW,
    an_entry,
    an_owner,
    make_feed,
    make_source,
    make_star,
    make_tag,
    make_user,
    store_entries,
)

HOUR = timedelta(hours=1)

TITLES = {
    "dams": ("السدود تمتلئ بعد أمطار الخير", "أعلنت الوزارة أن نسبة الملء بلغت أربعين في المائة."),
    "council": ("المجلس الحكومي يصادق على قانون المالية", "صادقت الحكومة على المشروع."),
    "vote": ("والانتخابات المقبلة بالمغرب في موعدها", "قال الوزير إن الانتخابات ستجرى في موعدها."),
    "hamza": ("إضراب الأساتذة بأكادير", "خاض الأساتذة إضرابا عن العمل في أڭادير."),
    "quran": ("المَغْرِبُ يَفوزُ بالكــأس", "فاز المنتخب بكأس العالم سنة ٢٠٣٠."),
    "espagne": ("L'Espagne et le Maroc signent", "Les élections marocaines à l’Économie."),
    "prices": ("Oil prices rise again", "The government's price policy."),
    "mixed": ("PSG يفوز على الوداد", "مباراة ودية."),
}


@pytest.fixture
def names(database: Database) -> dict[int, str]:
    """Entries with `TITLES`, one per hour, newest first; their names by id."""
    found = {}
    with database.write() as session:
        feeds = {}
        papers = an_owner("papers", parents=("holding",))
        sync_owners(session, [an_owner("holding"), papers, an_owner("radios")])
        for slug, name, country in (("hespress", "هسبريس", "MA"), ("elwatan", "El Watan", "DZ")):
            owner = {"hespress": "papers", "elwatan": "radios"}[slug]
            source = make_source(session, slug, name=name, country=country, owner=owner)
            feeds[slug] = make_feed(
                session, source, f"https://{slug}.example/feed", section="سياسة"
            )
        for age, (name, (title, text)) in enumerate(TITLES.items()):
            french = title.isascii() or "Espagne" in title
            entry = an_entry(
                title,
                f"https://h.example/{name}",
                text=text,
                published_at=NOW - (age + 1) * HOUR,
                language="fr" if french else "ar",
                author="نجيب العلمي" if name == "dams" else "",
                categories=("كأس العالم",) if name == "quran" else (),
                image_url="https://h.example/i.jpg" if name == "mixed" else None,
            )
            feed = feeds["elwatan" if french else "hespress"]
            (id_,) = store_entries(session, feed, entry)
            found[id_] = name
    return found


def look(database: Database, query: str, reader: User | None = None, **options: Any) -> SearchPage:
    request = SearchRequest(parse(query), **options)
    with database.read() as session:
        return search.search(session, SearchContext(reader, NOW, UTC), request)


def of(names: dict[int, str], hits: tuple[SearchHit, ...]) -> str:
    return " ".join(names[hit.entry.id] for hit in hits)


# Queries and what they find, the newest first.
FOUND = [
    ("سدود", "dams"),
    ("السدود", "dams"),
    ("انتخاب", "vote"),
    ("المغرب", "vote quran espagne"),
    ("وللمغرب", "vote quran espagne"),
    ("Maroc", "vote quran espagne"),
    ('"المغرب"', "quran"),
    ('"الأساتذة بأكادير"', "hamza"),
    ("حكومة", "council"),
    ("اضراب اكادير", "hamza"),
    ("أگادير", "hamza"),
    ("الكاس 2030", "quran"),
    ("espagne", "espagne"),
    ("l’Espagne", "espagne"),
    ("ESPAGNE élection", "espagne"),
    ("marocain", "espagne"),
    ("price", "prices"),
    ("psg", "mixed"),
    ('"قانون المالية"', "council"),
    ('"المالية قانون"', ""),
    ('"قانون مالية"', ""),
    ('"يفوز بالكأس"', "quran"),
    ("انتخاب*", "vote"),
    ("الانتخا*", "vote"),
    ("elect*", "espagne"),
    ("title:الحكومة", "council"),
    ("title:الوزارة", ""),
    ('title:"oil prices"', "prices"),
    ("يفوز -المغرب", "mixed"),
    ("-المغرب -price lang:fr", ""),
    ("سدود OR إضراب", "dams hamza"),
    ("(سدود أو إضراب) اكادير", "hamza"),
    ("source:hespress price", ""),
    ("مصدر:هسبريس يفوز", "quran mixed"),
    ('source:"el watan"', "espagne prices"),
    ("country:DZ prices", "prices"),
    ("owner:papers يفوز", "quran mixed"),
    ('مالك:"دار holding" يفوز', "quran mixed"),
    ("owner:holding price", ""),
    ("propriétaire:radios", "espagne prices"),
    ("-owner:holding", "espagne prices"),
    ("owner:(holding OR radios) سدود", "dams"),
    ("owner:House سدود", "dams"),
    ("lang:fr", "espagne prices"),
    ("has:image", "mixed"),
    ("author:العلمي", "dams"),
    ('author:"نجيب العلمي"', "dams"),
    ('section:"كأس العالم"', "quran"),
    ("section:سياسة price", "prices"),
    ("after:2026-11-02 يفوز", "quran mixed"),
    ("before:2026-11-02", ""),
    ("(before:2026-11-02 OR مباراة)", "mixed"),
    ("", "dams council vote hamza quran espagne prices mixed"),
    ("كسد", ""),
    ("covid-19", ""),
    ("قانون من المالية", "council"),
    ("من", ""),
    ("les prices of the oil", "prices"),
]


def test_queries_and_their_matches(database: Database, names: dict[int, str]) -> None:
    for query, expected in FOUND:
        page = look(database, query)
        assert (query, of(names, page.hits)) == (query, expected)
        assert page.next_position is None
        by_relevance = of(names, look(database, query, order="relevance").hits)
        assert (query, sorted(by_relevance.split())) == (query, sorted(expected.split()))


def test_partial_matches_are_listed_apart(database: Database, names: dict[int, str]) -> None:
    page = look(database, "المغرب انتخابات كأس")
    assert (page.hits, of(names, page.partial)) == ((), "vote quran espagne")
    page = look(database, "المغرب انتخابات -كأس")
    assert (of(names, page.hits), of(names, page.partial)) == ("vote", "espagne")


@pytest.mark.parametrize("order", get_args(SearchOrder))
def test_full_matches_are_no_partial_ones(
    database: Database, names: dict[int, str], order: SearchOrder
) -> None:
    """Whether all of them are known or the index has to leave them out."""
    query = "الانتخابات المغرب"
    counted = look(database, query, order=order, count=True)
    assert (of(names, counted.hits), of(names, counted.partial)) == ("vote", "espagne quran")
    uncounted = look(database, query, order=order, count=False)
    assert uncounted.partial == counted.partial


def test_the_title_weighs_more(database: Database) -> None:
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        entry = an_entry("خبر آخر من مدينة", "https://h.example/1", text="زلزال في المنطقة اليوم")
        titled = an_entry("زلزال في مدينة", "https://h.example/2", text="هزة في المنطقة أمس ثانية")
        store_entries(session, feed, titled, entry)
        others = [an_entry(f"خبر {n}", f"https://h.example/o{n}") for n in range(6)]
        store_entries(session, feed, *others)
    titles = [hit.entry.title for hit in look(database, "زلزال", order="relevance").hits]
    assert titles == ["زلزال في مدينة", "خبر آخر من مدينة"]


@pytest.mark.parametrize("order", get_args(SearchOrder))
def test_pages_follow_one_another(database: Database, names: dict[int, str], order: Any) -> None:
    whole = [hit.entry.id for hit in look(database, "", order=order).hits]
    position, seen = None, []
    for _ in range(5):
        page = look(database, "", order=order, position=position, limit=2)
        seen += [hit.entry.id for hit in page.hits]
        cursor = next_cursor(page, order)
        if cursor is None:
            break
        position = decode_cursor(cursor, order)
    assert seen == whole
    assert len(seen) == 8


@pytest.mark.parametrize("cursor", ["x", "bng", "4pyT", "ciAxIDIgMw", "biAxIDIgbmFu" * 3])
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        decode_cursor(cursor, "newest")


def test_stars_tags_and_read_marks(database: Database, names: dict[int, str]) -> None:
    ids = {name: id_ for id_, name in names.items()}
    with database.write() as session:
        amina, other = make_user(session), make_user(session, "Badr")
        make_star(session, amina.id, ids["vote"])
        make_tag(session, amina.id, ids["quran"], "رياضة")
    assert of(names, look(database, "المغرب is:starred", amina).hits) == "vote"
    assert of(names, look(database, "tag:رياضة", amina).hits) == "quran"
    assert of(names, look(database, "المغرب -is:starred", amina).hits) == "quran espagne"
    assert of(names, look(database, "(is:starred OR psg)", amina).hits) == "vote mixed"
    assert of(names, look(database, "المغرب is:unread", amina).hits) == "vote quran espagne"
    assert of(names, look(database, "is:starred", other).hits) == ""
    with pytest.raises(PermissionDenied):
        look(database, "is:starred")


def test_highlights_are_in_the_original_text(database: Database, names: dict[int, str]) -> None:
    (hit,) = look(database, "انتخاب وزير").hits
    marked = [span.text for span in (*hit.title, *hit.snippet) if span.marked]
    assert marked == ["والانتخابات", "الوزير", "الانتخابات"]
    assert "".join(span.text for span in hit.title) == hit.entry.title


def test_unknown_sources_are_reported(database: Database, names: dict[int, str]) -> None:
    page = look(database, "source:nowhere price")
    assert (page.hits, page.unknown) == ((), ("nowhere",))
    page = look(database, "owner:nobody price")
    assert (page.hits, page.unknown, page.unknown_owners) == ((), (), ("nobody",))


def test_copies_are_folded_unless_sources_are_named(database: Database) -> None:
    with database.write() as session:
        one = make_feed(session, make_source(session, "one"), "https://one.example/feed")
        two = make_feed(session, make_source(session, "two"), "https://two.example/feed")
        store_entries(session, one, an_entry("زلزال قوي", "https://one.example/1"))
        store_entries(session, two, an_entry("زلزال قوي جدا", "https://one.example/1"))
    assert [hit.entry.title for hit in look(database, "زلزال").hits] == ["زلزال قوي"]
    assert [hit.entry.title for hit in look(database, "زلزال source:two").hits] == ["زلزال قوي جدا"]
    with database.write() as session:
        sync_owners(session, [an_owner("other")])
        session.execute(update(Source).where(Source.slug == "two").values(owner="other"))
    assert [hit.entry.title for hit in look(database, "زلزال owner:other").hits] == [
        "زلزال قوي جدا"
    ]
    assert len(look(database, "زلزال", fold=False).hits) == 2


def test_the_blend_prefers_what_is_recent_among_what_is_relevant(database: Database) -> None:
    """A title of two days ago beats a passing mention of today; one of last year does not."""
    ages = {"title, a year old": 365, "title, two days old": 2, "mention, an hour old": 1 / 24}
    with database.write() as session:
        feed = make_feed(session, make_source(session))
        for name, days in ages.items():
            titled = name.startswith("title")
            title = f"زلزال {name}" if titled else f"خبر {name}"
            text = "هزة في المنطقة" if titled else "حديث عن زلزال"
            at = NOW - timedelta(days=days)
            store_entries(
                session,
                feed,
                an_entry(title, f"https://h.example/{name}", text=text, published_at=at),
            )
        for n in range(6):
            store_entries(session, feed, an_entry(f"خبر {n}", f"https://h.example/o{n}"))

    def order_of(order: SearchOrder) -> list[str]:
        hits = look(database, "زلزال", order=order).hits
        return [hit.entry.title.partition(" ")[2] for hit in hits]

    year, week, mention = ages
    assert order_of("newest") == [mention, week, year]
    assert order_of("relevance") == [week, year, mention]
    assert order_of("blend") == [week, mention, year]


def test_days_limit_what_is_found(database: Database, names: dict[int, str]) -> None:
    """Both are inclusive, and no part of the query."""
    today = NOW.date()
    day = timedelta(days=1)
    everything = of(names, look(database, "").hits)
    assert of(names, look(database, "", first_day=today, last_day=today).hits) == everything
    assert look(database, "", first_day=today + day).hits == ()
    assert look(database, "", last_day=today - day).hits == ()
    assert of(names, look(database, "", last_day=date.max).hits) == everything


def test_the_count_is_that_of_the_articles_listed(database: Database) -> None:
    """Copies are counted apart, and not at all in the days and languages that lead to lists."""
    with database.write() as session:
        one = make_feed(session, make_source(session, "one"), "https://one.example/feed")
        two = make_feed(session, make_source(session, "two"), "https://two.example/feed")
        store_entries(session, one, an_entry("زلزال قوي", "https://one.example/1"))
        store_entries(session, two, an_entry("زلزال قوي جدا", "https://one.example/1"))
    for order in get_args(SearchOrder):
        page = look(database, "زلزال", order=order, count=True)
        assert page.counts is not None
        assert page.counts.total - page.counts.copies == len(page.hits) == 1
        assert [n for _, n in page.counts.days] == [n for _, n in page.counts.languages] == [1]
        assert {ref.slug: n for ref, n in page.counts.sources} == {"one": 1, "two": 1}
        named = look(database, "زلزال source:one,two", order=order, count=True)
        assert named.counts is not None
        assert (named.counts.total, named.counts.copies, len(named.hits)) == (2, 0, 2)


@pytest.mark.parametrize("order", get_args(SearchOrder))
def test_counts(database: Database, names: dict[int, str], order: SearchOrder) -> None:
    counts = look(database, "", order=order, count=True).counts
    assert counts is not None
    assert (counts.total, counts.complete) == (8, True)
    assert [(ref.slug, n) for ref, n in counts.sources] == [("hespress", 6), ("elwatan", 2)]
    assert dict(counts.languages) == {"ar": 6, "fr": 2}
    assert sum(n for _, n in counts.days) == 8


def test_only_the_newest_are_ranked_and_counted(
    database: Database, names: dict[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieval, "MAX_MATCHES", 3)
    page = look(database, "", order="relevance", count=True)
    assert sorted(of(names, page.hits).split()) == ["council", "dams", "vote"]
    assert page.counts is not None
    assert (page.counts.total, page.counts.complete) == (3, False)
    found = of(names, page.hits).split()
    while page.next_position:  # the older ones follow, three by three
        page = look(database, "", order="relevance", position=page.next_position, limit=2)
        found += of(names, page.hits).split()
    assert sorted(found) == sorted(TITLES)
    page = look(database, "", count=True)
    assert of(names, page.hits).split() == list(TITLES)


@pytest.mark.usefixtures("names")
@pytest.mark.parametrize("order", get_args(SearchOrder))
@pytest.mark.parametrize(
    "query",
    ["🔥", "%", "🔥🔥 %", "lang:ar 🔥", "🔥 -السدود", "ـ", "title:ـ", "author:ـ", '"ـ"'],
)
def test_symbols_alone_find_nothing(database: Database, query: str, order: SearchOrder) -> None:
    with database.read() as session:
        context = SearchContext(None, NOW, UTC)
        request = SearchRequest(parse(query), order=order, count=True)
        page = search.search(session, context, request)
        assert (page.hits, page.partial, page.suggestion, page.next_position) == (
            (),
            (),
            None,
            None,
        )
        assert page.counts is None or page.counts.total == 0
        assert search.count_new_matches(session, context, request.tree, 0, NOW - 99 * HOUR) == 0


@pytest.mark.parametrize(
    "query", ["🔥 السدود", "السدود %", "السدود ـ", 'السدود "ـ"', "ـ OR السدود"]
)
def test_symbols_beside_words_change_nothing(
    database: Database, names: dict[int, str], query: str
) -> None:
    with database.read() as session:
        context = SearchContext(None, NOW, UTC)
        page = search.search(session, context, SearchRequest(parse(query)))
        assert [names[hit.entry.id] for hit in page.hits] == ["dams"]


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("PJD", ["العدالة والتنمية", "بيجيدي"]),
        ("سد", ["السدود"]),
        ("12.500", ["12 500"]),
        ('"وزارة الصحة"', ["لوزارة الصحة"]),
        ("Rabat", ["الرباط"]),
    ],
)
def test_what_matched_is_marked(database: Database, query: str, marked: list[str]) -> None:
    """Forms, what stands for a name, numbers, the first word of a phrase: in title and text."""
    with database.write() as session:
        title, body = "العدالة والتنمية: السدود لوزارة الصحة", "قال بيجيدي إن 12 500 متر بالرباط"
        entry = an_entry(title, "https://h.example/1", text=body.replace("بالرباط", "في الرباط"))
        store_entries(session, make_feed(session, make_source(session)), entry)
    (hit,) = look(database, query).hits
    assert [span.text for span in (*hit.title, *hit.snippet) if span.marked] == marked
