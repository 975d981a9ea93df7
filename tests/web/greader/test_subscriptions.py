"""Following, sorting into folders and labels from apps."""

from __future__ import annotations

import io
from typing import Any

import pytest
from sqlalchemy import select

from aggregator.parse.opml import Outline, read_opml, write_opml
from aggregator.services.desk import topics as desk_topics
from aggregator.services.reading import folders, following, tagging, topics
from aggregator.services.search import saved
from aggregator.storage.engine import Database
from aggregator.storage.models import SourceLookupRow
from aggregator.types import LocalizedText, TopicContent, User
from tests.builders import NOW
from tests.web.greader.conftest import HESPRESS, KAPITALIS, MEDIAS, STARRED, Phone
from web.greader import subscriptions

ARABIC, FRENCH = "المغرب · العربية", "المغرب · الفرنسية"


def listed(phone: Phone) -> dict[str, list[str]]:
    """The folders of each subscription."""
    found = phone.json("subscription/list")["subscriptions"]
    return {each["id"]: [category["label"] for category in each["categories"]] for each in found}


def labels(phone: Phone) -> dict[str, str]:
    found: list[Any] = phone.json("tag/list")["tags"]
    assert found[0] == {"id": STARRED}
    return {each["id"].removeprefix("user/-/label/"): each["type"] for each in found[1:]}


@pytest.fixture
def water(database: Database) -> str:
    """The number of a topic."""
    with database.write_exclusive() as session:
        content = TopicContent("water", LocalizedText(ar="الماء", fr="L’eau"), rule="سد",
                               state="published")  # fmt: skip
        topic = desk_topics.create(session, User(2, "Brahim", "editor"), content, NOW)
        return f"feed/{topic.id}1"


def test_a_subscription_has_all_that_apps_look_for(phone: Phone) -> None:
    first, second = phone.json("subscription/list")["subscriptions"]
    assert first == {
        "id": HESPRESS,
        "title": "هسبريس",
        "categories": [{"id": f"user/-/label/{ARABIC}", "label": ARABIC}],
        "sortid": "00000001",
        "firstitemmsec": "0",
        "url": "https://h.example/feed",
        "htmlUrl": first["htmlUrl"],
        "iconUrl": "",
    }
    assert second["title"] == "Médias24"


def test_names_of_folders_are_in_the_language_of_the_app(phone: Phone) -> None:
    headers = {"Accept-Language": "fr-MA,fr;q=0.9"}
    answer = phone.open("/reader/api/0/subscription/list", headers=headers)
    assert answer.get_json()["subscriptions"][0]["categories"][0]["label"] == "Maroc · Arabe"


# --- following -------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [KAPITALIS, "feed/https://k.example/feed",
                                    "feed/http://www.k.example/feed/"])  # fmt: skip
def test_following_and_unfollowing_a_source(
    phone: Phone, database: Database, amina: User, stream: str
) -> None:
    phone.write("subscription/edit", ac="subscribe", s=stream, t="A title of the app")
    assert list(listed(phone)) == [HESPRESS, MEDIAS, KAPITALIS]
    with database.read() as session:
        assert "kapitalis" in following.follow_state(session, amina).followed
    phone.write("subscription/edit", ac="unsubscribe", s=stream)
    assert list(listed(phone)) == [HESPRESS, MEDIAS]


def test_several_at_once(phone: Phone) -> None:
    phone.write("subscription/edit", ac="unsubscribe", s=[HESPRESS, MEDIAS])
    assert listed(phone) == {}
    assert phone.ids() == []
    assert phone.json("unread-count") == {"max": 1000, "unreadcounts": []}


def test_a_topic_by_its_address(phone: Phone, database: Database, amina: User, water: str) -> None:
    for url in ("https://marsad.ma/topics/water", "https://marsad.ma/topics/water.atom"):
        phone.write("subscription/edit", ac="subscribe", s=f"feed/{url}")
        assert water in listed(phone)
        phone.write("subscription/edit", ac="unsubscribe", s=water)
        assert water not in listed(phone)
    with database.read() as session:
        assert topics.list_followed(session, amina) == ()


def test_stories_and_searches(phone: Phone, database: Database, amina: User) -> None:
    phone.write("subscription/edit", ac="subscribe", s="feed/32")
    assert "feed/32" in listed(phone)
    with database.write() as session:
        saved.save(session, amina, "سدود", "السدود", "ar", NOW)
    phone.write("subscription/edit", ac="edit", s="feed/13", t="الماء")
    phone.write("subscription/edit", ac="subscribe", s="feed/13")
    titles = {
        each["id"]: each["title"] for each in phone.json("subscription/list")["subscriptions"]
    }
    assert titles["feed/13"] == "الماء"
    phone.write("subscription/edit", ac="unsubscribe", s=["feed/13", "feed/32"])
    assert list(listed(phone)) == [HESPRESS, MEDIAS]


@pytest.mark.parametrize(
    "form",
    [
        {}, {"ac": "subscribe"}, {"ac": "made-up", "s": HESPRESS}, {"ac": "subscribe", "s": "x"},
        {"ac": "subscribe", "s": "feed/9990"}, {"ac": "subscribe", "s": "feed/9991"},
        {"ac": "subscribe", "s": "feed/9992"}, {"ac": "subscribe", "s": "feed/9993"},
        {"ac": "unsubscribe", "s": "feed/9993"}, {"ac": "subscribe", "s": STARRED},
        {"ac": "unsubscribe", "s": "user/-/label/x"}, {"ac": "edit", "s": HESPRESS, "a": "x"},
        {"ac": "edit", "s": KAPITALIS, "a": "user/-/label/x"},
    ],
)  # fmt: skip
def test_what_cannot_be_followed(phone: Phone, form: dict[str, str]) -> None:
    assert phone.post("subscription/edit", **form).status_code == 400
    assert list(listed(phone)) == [HESPRESS, MEDIAS]


@pytest.mark.parametrize("url", ["https://k.example/feed", "feed/https://k.example/feed",
                                 "k.example/feed", "//k.example/feed", "feed://k.example/feed",
                                 "feed:https://k.example/feed",
                                 "https//k.example/feed"])  # fmt: skip
def test_quick_add(phone: Phone, url: str) -> None:
    answer = phone.post("subscription/quickadd", quickadd=url)
    assert answer.status_code == 200
    found = answer.get_json()
    assert (found["numResults"], found["streamId"]) == (1, KAPITALIS)
    assert found["streamName"]
    assert KAPITALIS in listed(phone)


def test_a_feed_that_no_source_has_is_asked_for(
    phone: Phone, database: Database, amina: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "ASK_WAIT_S", 0.0)  # no poller looks at it here
    url = "https://unknown.example/feed"
    answer = phone.post("subscription/edit", ac="subscribe", s=f"feed/{url}")
    assert answer.status_code == 400
    assert url in answer.text
    with database.read() as session:
        asked = select(SourceLookupRow.address).where(SourceLookupRow.user_id == amina.id)
        assert list(session.execute(asked).scalars()) == [url]
    answer = phone.post("subscription/quickadd", quickadd=url)
    assert answer.status_code == 400
    assert answer.get_json()["numResults"] == 0


def test_a_refusal_repeats_the_address_as_it_was_sent(phone: Phone) -> None:
    refused = phone.post("subscription/quickadd", quickadd="javascript:alert(1)").get_json()
    assert refused["query"] == "javascript:alert(1)"
    assert "https:" not in refused["error"]


@pytest.mark.parametrize("url", ["", "http://10.0.0.1/feed", "ftp://k.example/feed"])
def test_what_is_not_even_asked_for(phone: Phone, url: str) -> None:
    assert phone.post("subscription/quickadd", quickadd=url).status_code == 400


# --- folders ---------------------------------------------------------------------------------


def test_sorting_into_folders(phone: Phone, database: Database, amina: User) -> None:
    phone.write("subscription/edit", ac="edit", s=HESPRESS, a="user/-/label/صحف")
    assert listed(phone) == {HESPRESS: ["صحف"], MEDIAS: [FRENCH]}
    assert labels(phone) == {"صحف": "folder", FRENCH: "folder"}
    assert phone.ids("user/-/label/صحف") == [1]
    with database.read() as session:
        (folder,) = folders.list_folders(session, amina)
        assert folders.folder_of_sources(session, amina) == {1: folder.id}
    phone.write("subscription/edit", ac="edit", s=HESPRESS, a="user/-/label/أخرى",
                r="user/-/label/صحف")  # fmt: skip
    assert listed(phone)[HESPRESS] == ["أخرى"]
    phone.write("subscription/edit", ac="edit", s=HESPRESS, r="user/-/label/أخرى")
    assert listed(phone)[HESPRESS] == [ARABIC]


def test_following_into_a_folder(phone: Phone) -> None:
    phone.write("subscription/edit", ac="subscribe", s=KAPITALIS, a="user/-/label/تونس")
    assert listed(phone)[KAPITALIS] == ["تونس"]


def test_the_folder_of_its_country_and_language_is_no_folder_of_its_own(
    phone: Phone, database: Database, amina: User
) -> None:
    for name in (ARABIC, "Morocco · Arabic"):
        phone.write("subscription/edit", ac="edit", s=HESPRESS, a=f"user/-/label/{name}")
        with database.read() as session:
            assert folders.list_folders(session, amina) == ()
    assert listed(phone)[HESPRESS] == [ARABIC]


def test_renaming_and_deleting_a_folder(phone: Phone) -> None:
    phone.write("subscription/edit", ac="edit", s=HESPRESS, a="user/-/label/a")
    phone.write("rename-tag", s="user/-/label/a", dest="user/-/label/b")
    assert listed(phone)[HESPRESS] == ["b"]
    phone.write("disable-tag", s="user/-/label/b")
    assert listed(phone)[HESPRESS] == [ARABIC]


def test_renaming_the_folder_of_a_country_makes_it_ones_own(phone: Phone) -> None:
    phone.write("rename-tag", s=f"user/-/label/{ARABIC}", dest="user/-/label/الصباح")
    assert listed(phone) == {HESPRESS: ["الصباح"], MEDIAS: [FRENCH]}
    assert phone.post("disable-tag", s=f"user/-/label/{FRENCH}").status_code == 400


# --- tags ------------------------------------------------------------------------------------


def test_tags_beside_folders(phone: Phone, database: Database, amina: User) -> None:
    with database.write() as session:
        tagging.add_tags(session, amina, 1, "ماء، سد", NOW)
    assert labels(phone) == {ARABIC: "folder", FRENCH: "folder", "ماء": "tag", "سد": "tag"}
    phone.write("rename-tag", t="ماء", dest="user/-/label/سد")
    assert "ماء" not in labels(phone)
    phone.write("disable-tag", t="سد")
    assert labels(phone) == {ARABIC: "folder", FRENCH: "folder"}


def test_a_name_of_a_folder_and_a_tag_is_listed_once(
    phone: Phone, database: Database, amina: User
) -> None:
    with database.write() as session:
        tagging.add_tags(session, amina, 3, "ماء", NOW)
    phone.write("subscription/edit", ac="edit", s=HESPRESS, a="user/-/label/ماء")
    assert labels(phone) == {FRENCH: "folder", "ماء": "folder"}
    assert phone.ids("user/-/label/ماء") == [1]


@pytest.mark.parametrize(
    "form",
    [{}, {"s": "user/-/label/a"}, {"s": STARRED, "dest": "user/-/label/b"},
     {"s": "user/-/label/made-up", "dest": "user/-/label/b"},
     {"s": "user/-/label/ماء", "dest": "user/-/label/" + "x" * 300}],
)  # fmt: skip
def test_labels_that_cannot_be_renamed(
    phone: Phone, database: Database, amina: User, form: dict[str, str]
) -> None:
    with database.write() as session:
        tagging.add_tags(session, amina, 1, "ماء", NOW)
    assert phone.post("rename-tag", **form).status_code == 400
    assert phone.post("disable-tag", s="user/-/label/made-up").status_code == 400
    assert "ماء" in labels(phone)


# --- OPML, preferences -----------------------------------------------------------------------

OPML = write_opml("all", [Outline("Kapitalis", "https://k.example/feed")]).encode()


@pytest.mark.parametrize("content_type", ["text/xml", "application/x-www-form-urlencoded", ""])
def test_importing_a_document(phone: Phone, content_type: str) -> None:
    answer = phone.open(
        "/reader/api/0/subscription/import", "POST", data=OPML, content_type=content_type
    )
    assert answer.text == "OK"
    assert KAPITALIS in listed(phone)


def test_importing_a_file(phone: Phone) -> None:
    data = {"file": (io.BytesIO(OPML), "a.opml")}
    assert phone.open("/reader/api/0/subscription/import", "POST", data=data).text == "OK"
    assert KAPITALIS in listed(phone)


def test_importing_something_else(phone: Phone) -> None:
    for data in (b"", b"<html/>", b"\0", b"{}"):
        answer = phone.open("/reader/api/0/subscription/import", "POST", data=data)
        assert answer.status_code == 400


def test_exporting(phone: Phone) -> None:
    answer = phone.get("subscription/export")
    assert answer.mimetype == "text/x-opml"
    found = [(each.title, each.url) for each in read_opml(answer.data).outlines]
    assert found == [("هسبريس", "https://h.example/feed"), ("Médias24", "https://m.example/feed")]


def test_preferences(phone: Phone) -> None:
    assert phone.json("preference/list") == {"prefs": []}
    assert phone.json("preference/stream/list") == {"streamprefs": {}}
    phone.write("preference/stream/set", s="user/-/state/com.google/root", k="a", v="b")
    phone.write("preference/set", k="a", v="b")


def test_who_it_is(phone: Phone) -> None:
    found = phone.json("user-info")
    assert found == {"userId": "1", "userName": "Amina", "userProfileId": "1", "userEmail": ""}
