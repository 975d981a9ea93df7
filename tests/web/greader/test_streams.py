"""What apps read: ids, contents, counts, Atom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from aggregator.services.desk import topics as desk_topics
from aggregator.services.desk.backfill import run_backfill
from aggregator.services.ingest import assign_stories
from aggregator.services.reading import muting, stories, tagging, topics
from aggregator.services.search import saved
from aggregator.storage.engine import Database
from aggregator.types import LocalizedText, TopicContent, UnplacedEntry, User
from tests.builders import NOW, an_entry, make_entry, store_entries
from tests.stories import FOUR
from tests.web.greader.conftest import (
    HESPRESS,
    KAPITALIS,
    MEDIAS,
    READ,
    READING_LIST,
    STARRED,
    Phone,
)
from web.greader.ids import item_id

HOUR = timedelta(hours=1)
ATOM = "{http://www.w3.org/2005/Atom}"
AddEntries = Callable[..., list[int]]


@pytest.fixture
def add(database: Database) -> AddEntries:
    """Entries of a feed, one an hour after the other from `NOW` on."""

    def add(count: int = 1, feed: int = 1, **values: object) -> list[int]:
        with database.write() as session:
            return [
                make_entry(
                    session,
                    feed,
                    **{"title": f"title{n} of {feed}", "fetched_at": NOW + n * HOUR} | values,
                )
                for n in range(1, count + 1)
            ]

    return add


def seconds(hours: int) -> int:
    return int((NOW + hours * HOUR).timestamp())


# --- ids -------------------------------------------------------------------------------------


def test_ids_are_decimal_texts_the_newest_first(phone: Phone, add: AddEntries) -> None:
    new = add(3)
    found = phone.json("stream/items/ids", s=READING_LIST, n=10)
    assert found == {"itemRefs": [{"id": str(id_)} for id_ in [*reversed(new), 1]]}


def test_copies_are_folded_as_on_the_pages(phone: Phone) -> None:
    assert phone.ids() == [1]
    assert phone.ids(MEDIAS) == [2]  # a list of this source must not miss its article


def test_pages_by_continuation_in_both_orders(phone: Phone, add: AddEntries) -> None:
    expected = sorted([1, *add(7), *add(4, feed=2)])
    for order, ids in (("d", expected[::-1]), ("o", expected), ("n", expected[::-1])):
        found, values = [], {"s": READING_LIST, "n": "5", "r": order}
        while True:
            page = phone.json("stream/items/ids", **values)
            found += [int(each["id"]) for each in page["itemRefs"]]
            if "continuation" not in page:
                break
            assert page["continuation"].isdigit()
            values["c"] = page["continuation"]
        assert found == ids


def test_what_arrives_between_two_pages_shifts_nothing(phone: Phone, add: AddEntries) -> None:
    old = add(4)
    page = phone.json("stream/items/ids", s=READING_LIST, n=2)
    add(3)
    rest = phone.ids(c=page["continuation"])
    assert rest == [old[1], old[0], 1]


def test_times_are_those_of_arrival_and_inclusive(phone: Phone, add: AddEntries) -> None:
    first, second, third = add(3)
    assert phone.ids(ot=seconds(2)) == [third, second]
    assert phone.ids(nt=seconds(2)) == [second, first, 1]
    assert phone.ids(ot=seconds(2), nt=seconds(2)) == [second]
    assert phone.ids(ot=f"{seconds(2)}000001") == [third]
    assert phone.ids(ot=f"{seconds(2)}000001", nt=f"{seconds(2)}000001") == []
    assert phone.ids(ot=0, nt="") == [third, second, first, 1]
    page = phone.json("stream/items/ids", s=READING_LIST, n=1, ot=seconds(2), r="o")
    assert page["itemRefs"] == [{"id": str(second)}]
    assert phone.ids(ot=seconds(2), r="o", c=page["continuation"]) == [third]


def test_read_and_unread(phone: Phone, add: AddEntries) -> None:
    first, second, third = add(3)
    phone.write("edit-tag", i=[str(first), str(third)], a=READ)
    assert phone.ids(xt=READ) == [second, 1]
    assert phone.ids(it=READ) == [third, first]
    assert phone.ids(READ) == [third, first]
    assert phone.ids("user/-/state/com.google/kept-unread") == [second, 1]
    assert phone.ids(READ, xt=READ) == []
    phone.write("edit-tag", i=str(first), r=READ)
    phone.write("mark-all-as-read", s=HESPRESS)
    assert phone.ids(xt=READ) == []
    phone.write("edit-tag", i=str(second), a="user/-/state/com.google/kept-unread")
    assert phone.ids(xt=READ) == [second]
    assert phone.ids(xt=READ, r="o") == [second]


def test_stars_and_tags(phone: Phone, database: Database, amina: User, add: AddEntries) -> None:
    first, second = add(2)
    with database.write() as session:
        tagging.star(session, amina, 3, True, NOW)
        tagging.star(session, amina, first, True, NOW)
        tagging.add_tags(session, amina, second, "ماء، سد", NOW)
    assert phone.ids(STARRED) == [first, 3]
    assert phone.ids("user/-/label/ماء") == [second]
    assert phone.ids(it=STARRED) == [first]
    assert phone.ids(xt=STARRED) == [second, 1]
    assert phone.ids(xt="user/-/label/سد") == [first, 1]
    assert phone.ids(xt=[HESPRESS, STARRED]) == []
    assert phone.ids(it=MEDIAS) == []


def test_a_source_by_number_or_address_followed_or_not(phone: Phone) -> None:
    assert phone.ids(HESPRESS) == phone.ids("feed/https://h.example/feed") == [1]
    assert phone.ids(KAPITALIS) == [3]


def test_folders_of_country_and_language_in_any_language(phone: Phone) -> None:
    for name in ("المغرب · العربية", "Maroc · Arabe", "Morocco · Arabic"):
        assert phone.ids(f"user/-/label/{name}") == [1]
    assert phone.ids("user/-/label/Morocco · French") == [2]


def test_what_is_muted_is_only_in_its_own_list(
    phone: Phone, database: Database, amina: User, add: AddEntries
) -> None:
    first, second = add(2)
    with database.write() as session:
        muting.mute_word(session, amina, "title1", NOW)
    assert phone.ids() == [second, 1]
    assert phone.ids(HESPRESS) == [second, first, 1]
    with database.write() as session:
        muting.mute_source(session, amina, "hespress", True, NOW)
    assert phone.ids() == [2]
    assert phone.ids(HESPRESS) == [second, first, 1]


# --- topics, stories, searches ---------------------------------------------------------------


@pytest.fixture
def of_their_own(phone: Phone, database: Database, amina: User) -> dict[str, str]:
    """A topic and a search that have an entry of a source that Amina does not follow."""
    with database.write() as session:
        (entry,) = store_entries(
            session, 3, an_entry("Le barrage déborde", "https://k.example/1", guid="1"), now=NOW
        )
    with database.write_exclusive() as session:
        content = TopicContent(
            "water", LocalizedText(ar="الماء"), rule="barrage", state="published"
        )
        desk_topics.create(session, User(2, "Brahim", "editor"), content, NOW)
    run_backfill(database, NOW)
    with database.write() as session:
        topics.follow(session, amina, "water", True, NOW)
        saved.save(session, amina, "barrage", "Barrages", "fr", NOW)
        stories.follow(session, amina, 3, True, NOW)
    return {"topic": "feed/11", "search": "feed/13", "story": "feed/32", "entry": str(entry)}


def test_topics_stories_and_searches_are_subscriptions(
    phone: Phone, of_their_own: dict[str, str]
) -> None:
    entry = int(of_their_own["entry"])
    listed = phone.json("subscription/list")["subscriptions"]
    titles = {each["id"]: each["title"] for each in listed}
    assert titles == {
        HESPRESS: "هسبريس", MEDIAS: "Médias24", "feed/11": "الماء", "feed/32": "Tunis",
        "feed/13": "Barrages",
    }  # fmt: skip
    assert phone.ids(of_their_own["topic"]) == [entry]
    assert phone.ids(of_their_own["search"]) == [entry]
    assert phone.ids(of_their_own["story"]) == [3]
    assert phone.ids() == [entry, 3, 1]


def test_an_item_belongs_to_its_source_or_to_what_brings_it(
    phone: Phone, of_their_own: dict[str, str]
) -> None:
    origins = {each["id"]: each["origin"] for each in phone.items()}
    entry = item_id(int(of_their_own["entry"]))
    assert origins[item_id(1)]["streamId"] == HESPRESS
    assert origins[entry] == {
        "streamId": "feed/11", "title": "الماء", "htmlUrl": "https://marsad.ma/topics/water",
    }  # fmt: skip
    assert origins[item_id(3)]["streamId"] == "feed/32"
    (item,) = phone.items("feed/13")
    assert item["origin"]["streamId"] == "feed/13"


def test_counts_of_all_that_is_followed(phone: Phone, of_their_own: dict[str, str]) -> None:
    found = phone.json("unread-count")
    assert found["max"] == 1000
    counts = {each["id"]: each["count"] for each in found["unreadcounts"]}
    assert counts == {
        READING_LIST: 3, HESPRESS: 1, MEDIAS: 1, "feed/11": 1, "feed/13": 1, "feed/32": 1,
        "user/-/label/المغرب · العربية": 1, "user/-/label/المغرب · الفرنسية": 1,
    }  # fmt: skip
    newest = {each["newestItemTimestampUsec"] for each in found["unreadcounts"]}
    assert newest == {str(seconds(0) * 10**6)}
    phone.write("mark-all-as-read", s="feed/11")
    counts = {each["id"]: each["count"] for each in phone.json("unread-count")["unreadcounts"]}
    assert counts[READING_LIST] == 2
    assert "feed/13" not in counts


def test_a_muted_source_comes_by_no_topic(
    phone: Phone, database: Database, amina: User, of_their_own: dict[str, str]
) -> None:
    with database.write() as session:
        muting.mute_source(session, amina, "kapitalis", True, NOW)
    assert phone.ids() == [1]


def test_a_story_that_others_follow_is_no_stream(phone: Phone) -> None:
    for stream in ("feed/32", "feed/11", "feed/13", "feed/990"):
        answer = phone.get("stream/items/ids", s=stream)
        assert answer.status_code == 400, stream


# --- contents --------------------------------------------------------------------------------


def test_an_item_has_all_that_apps_look_for(phone: Phone, database: Database, amina: User) -> None:
    with database.write() as session:
        tagging.star(session, amina, 1, True, NOW)
        tagging.add_tags(session, amina, 1, "سد", NOW)
    phone.write("edit-tag", i="1", a=READ)
    found = phone.json("stream/contents/feed/10")
    assert found["id"] == HESPRESS
    assert found["title"] == "هسبريس"
    (item,) = found["items"]
    url = item["alternate"][0]["href"]
    assert url.startswith("https://hespress.example/")
    arrived = str(seconds(0))
    assert item == {
        "id": "tag:google.com,2005:reader/item/0000000000000001",
        "crawlTimeMsec": arrived + "000",
        "timestampUsec": arrived + "000000",
        "published": seconds(-3),
        "updated": seconds(-3),
        "title": "امتلاء السدود",
        "author": "",
        "canonical": [{"href": url}],
        "alternate": [{"href": url, "type": "text/html"}],
        "summary": {"direction": "rtl", "content": "<p>نص المقال</p>"},
        "categories": [
            READING_LIST, READ, STARRED, "user/-/label/سد", "user/-/label/المغرب · العربية",
        ],
        "origin": {"streamId": HESPRESS, "title": "هسبريس", "htmlUrl": item["origin"]["htmlUrl"]},
    }  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_contents_by_ids_in_any_notation_and_body(phone: Phone, method: str) -> None:
    path = "/reader/api/0/stream/items/contents"
    notations = [item_id(1), "tag:google.com,2005:reader/item/2", "0000000000000003", "1", "99"]
    values = {"query_string" if method == "GET" else "data": {"i": notations}}
    items = phone.open(path, method, **values).get_json()["items"]
    assert [item["id"] for item in items] == [item_id(1), item_id(2), item_id(3)]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ('{"i": ["1", 2]}', "application/json"),
        ('{"i": ["1", 2]}', "application/x-www-form-urlencoded"),
        ("i=1&i=2", "application/json"),
        ("i=1&i=2", ""),
    ],
)
def test_a_body_is_read_for_what_it_is(phone: Phone, body: str, content_type: str) -> None:
    answer = phone.open(
        "/reader/api/0/stream/items/contents", "POST", data=body, content_type=content_type
    )
    assert [item["id"] for item in answer.get_json()["items"]] == [item_id(1), item_id(2)]


def test_contents_of_everything_by_three_addresses(phone: Phone) -> None:
    for path in ("stream/contents", "stream/contents/", f"stream/contents/{READING_LIST}"):
        assert [item["id"] for item in phone.json(path)["items"]] == [item_id(1)]
    assert phone.json("stream/contents", s=MEDIAS)["items"][0]["id"] == item_id(2)


def test_an_entry_without_a_page_or_text(phone: Phone, add: AddEntries) -> None:
    add(1, url=None, title="", summary="كلمة")
    item = phone.items(n=1)[0]
    assert item["canonical"] == [{"href": "https://marsad.ma/entries/4"}]
    assert item["summary"]["content"] == item["title"] == "كلمة"


def test_enclosures(phone: Phone, add: AddEntries) -> None:
    add(1, enclosures=[{"url": "https://h.example/a.mp3", "type": "audio/mpeg", "length": 4}])
    enclosure = {"href": "https://h.example/a.mp3", "type": "audio/mpeg", "length": "4"}
    assert phone.items(n=1)[0]["enclosure"] == [enclosure]


def test_a_reader_sees_nothing_of_others(phone: Phone, database: Database, amina: User) -> None:
    with database.write() as session:
        tagging.star(session, User(2, "Brahim", "editor"), 1, True, NOW)
        tagging.add_tags(session, User(2, "Brahim", "editor"), 1, "سر", NOW)
    assert phone.ids(STARRED) == []
    assert phone.get("stream/items/ids", s="user/2/label/سر").status_code == 400
    assert "سر" not in phone.get("tag/list").text
    assert "سر" not in phone.get("stream/contents").text


# --- Atom ------------------------------------------------------------------------------------


def test_atom_with_states_as_categories(phone: Phone, database: Database, amina: User) -> None:
    phone.write("edit-tag", i="1", a=[READ, STARRED])
    answer = phone.open("/reader/atom/feed%2F10?n=5")
    assert answer.mimetype == "application/atom+xml"
    root = ElementTree.fromstring(answer.data)
    assert root.findtext(f"{ATOM}title") == "هسبريس"
    (entry,) = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == item_id(1)
    categories = entry.findall(f"{ATOM}category")
    assert {each.get("scheme") for each in categories} == {"http://www.google.com/reader/"}
    assert {"read", "starred"} <= {each.get("label") for each in categories}
    assert "fresh" not in {each.get("label") for each in categories}
    phone.write("edit-tag", i="1", r=READ)
    assert 'label="fresh"' in phone.open("/reader/atom/feed%2F10").text


def test_atom_of_nothing(phone: Phone, database: Database, amina: User) -> None:
    answer = phone.open("/reader/atom/user/-/state/com.google/broadcast-friends")
    assert answer.status_code == 200
    assert ElementTree.fromstring(answer.data).findall(f"{ATOM}entry") == []


# --- what is wrong ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        {"s": "feed/made-up"}, {"s": "user/-/label/made-up"}, {"s": "feed/https://x.example/"},
        {"n": "x"}, {"n": "-1"}, {"c": "x"}, {"c": "0"}, {"c": "9" * 40}, {"ot": "x"},
        {"nt": "1e9"}, {"xt": "x"}, {"it": "user/-/label/made-up"}, {"it": READ, "xt": READ},
    ],
)  # fmt: skip
def test_wrong_parameters(phone: Phone, query: dict[str, str]) -> None:
    for path in ("stream/items/ids", "stream/contents"):
        answer = phone.get(path, **query)
        assert answer.status_code == 400
        assert answer.text.startswith("Error=")
        assert answer.mimetype == "text/plain"


@pytest.mark.parametrize("n", ["0", "200000", "99999999999999999999"])
def test_any_number_of_items_is_tolerated(phone: Phone, n: str) -> None:
    assert phone.ids(n=n) == [1]
    assert len(phone.items(n=n)) == 1


def test_too_many_ids(phone: Phone) -> None:
    path = "/reader/api/0/stream/items/contents"
    for count, status in ((1000, 200), (1001, 400), (50_000, 400)):
        body = "&".join(f"i={id_}" for id_ in range(1, count + 1))
        assert phone.open(path, "POST", data=body).status_code == status


def test_a_story_of_several_entries(phone: Phone, database: Database, amina: User) -> None:
    with database.write_exclusive() as session:
        for entry in FOUR:
            (id_,) = store_entries(session, 3, entry)
            assign_stories.assign_stories(session, [UnplacedEntry(id_, entry.story)])
    with database.write() as session:
        story = stories.follow(session, amina, id_, True, NOW)
    found = phone.ids(f"feed/{story * 10 + 2}")
    assert len(found) > 1
    assert found == sorted(found, reverse=True)
    assert set(found) < set(phone.ids())
