"""The desk: who may, trying a rule, saving, colliding, going back, the work of the hand."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aggregator.services.desk import topics as desk
from aggregator.services.desk.backfill import run_backfill
from aggregator.storage.engine import Database
from aggregator.storage.topics import backfill, topics
from aggregator.types import LocalizedText, TopicContent, User
from tests.web.browser import Browser

NOW = datetime.now(UTC)
EDITOR = User(9, "Badia", "editor")
WATER = TopicContent("water", LocalizedText(ar="الماء", en="Water"), rule="سدود")
ENGLISH = {"Accept-Language": "en"}
FIELDS = {"slug": "water", "name_ar": "الماء", "rule": "سدود", "state": "draft", "base": "1"}


@pytest.fixture
def topic(newsroom: Database) -> Database:
    """A draft of Badia's: entry 1 is in it."""
    with newsroom.write_exclusive() as session:
        desk.create(session, EDITOR, WATER, NOW)
    run_backfill(newsroom, NOW)
    return newsroom


def as_badia(database: Database, **values: str) -> None:
    with database.write_exclusive() as session:
        old = desk.find(session, "water")
        new = replace(old.content, **values)  # type: ignore[arg-type]
        desk.save(session, EDITOR, old, new, base=old.revision, reason="", now=NOW)


def rule_of(database: Database) -> tuple[int, str]:
    with database.read() as session:
        found = desk.find(session, "water")
        return found.revision, found.content.rule


# --- the form ---------------------------------------------------------------------------------


def test_required_fields_stop_only_saving(brahim: Browser) -> None:
    page = brahim.get("/desk/topics/new").text
    for action in ("preview", "compose"):
        assert f'name="action" value="{action}" formnovalidate>' in page
    assert 'name="action" value="save">' in page


@pytest.mark.parametrize(
    ("names", "slug"),
    [
        ({"name_ar": "الماء", "name_en": "Water and dams"}, "water-and-dams"),
        ({"name_ar": "الماء", "name_fr": "L’été à Fès"}, "l-ete-a-fes"),
        ({"name_ar": "الماء"}, "alma"),
    ],
)
def test_a_slug_is_proposed_from_the_name(
    newsroom: Database, brahim: Browser, names: dict[str, str], slug: str
) -> None:
    fields = {"rule": "سدود", "state": "draft", "base": "0", **names}
    previewed = brahim.post("/desk/topics/new", action="preview", slug="", **fields)
    assert f'name="slug" type="text" value="{slug}"' in previewed.text
    saved = brahim.post("/desk/topics/new", slug=" ", **fields)
    assert saved.headers["Location"] == f"/desk/topics/{slug}"
    assert (
        'name="slug" type="text" value="own"'
        in brahim.post("/desk/topics/new", action="preview", slug="own", **fields).text
    )


def test_an_existing_topic_keeps_its_slug(topic: Database, brahim: Browser) -> None:
    assert brahim.post("/desk/topics/water", **FIELDS | {"slug": ""}).status_code == 400


def test_one_revision_offers_no_comparison(topic: Database, brahim: Browser) -> None:
    page = brahim.get("/desk/topics/water/history").text
    assert 'type="radio"' not in page
    assert 'id="compared"' not in page
    as_badia(topic, rule="سدود OR مطر")
    page = brahim.get("/desk/topics/water/history").text
    assert page.count('type="radio"') == 4
    assert 'id="compared"' in page


# --- who may ---------------------------------------------------------------------------------

PAGES = ("/desk", "/desk/topics/new", "/desk/topics/water", "/desk/topics/water/entries",
         "/desk/topics/water/history", "/desk/topics/water/delete")  # fmt: skip
ACTIONS = ("/desk/topics/new", "/desk/topics/water", "/desk/preview", "/desk/topics/water/notes",
           "/desk/topics/water/revert", "/desk/topics/water/delete",
           "/desk/topics/water/entries/1/pin",
           "/desk/topics/water/entries/1/remove")  # fmt: skip


def test_readers_and_visitors_may_not(amina: Browser, driss: Browser, topic: Database) -> None:
    for page in PAGES:
        assert amina.get(page).status_code == 403
        assert driss.get(page).headers["Location"].startswith("/login?next=/desk")
    for action in ACTIONS:
        assert amina.post(action, **FIELDS).status_code == 403
        assert driss.post(action, **FIELDS).status_code == 403
    assert "/desk" not in amina.get("/").text
    assert rule_of(topic) == (1, "سدود")


@pytest.mark.parametrize("person", ["brahim", "chaimae"])
def test_editors_and_operators_may(
    person: str, topic: Database, request: pytest.FixtureRequest
) -> None:
    browser: Browser = request.getfixturevalue(person)
    assert 'href="/desk"' in browser.get("/").text
    for page in PAGES:
        assert browser.get(page).status_code == 200


def test_forms_need_their_token(brahim: Browser, topic: Database) -> None:
    for action in ACTIONS:
        assert brahim.client.post(action, data=FIELDS).status_code == 400


def test_nobody_else_sees_a_draft(
    amina: Browser, driss: Browser, brahim: Browser, topic: Database
) -> None:
    for browser in (amina, driss, brahim):
        assert browser.get("/topics/water").status_code == 404
        assert "water" not in browser.get("/topics").text
        shown = browser.get("/entries/1?in=topic:water")
        assert shown.status_code == 200  # an entry is everybody's, its place in a draft is not
        assert "الماء" not in shown.text


# --- trying ----------------------------------------------------------------------------------


def test_a_rule_is_tried_by_a_button(brahim: Browser, topic: Database) -> None:
    tried = brahim.post("/desk/topics/new", action="preview", rule="السدود", name_ar="اسمي")
    assert tried.status_code == 200
    assert 'value="اسمي"' in tried.text  # nothing that was typed is lost
    assert brahim.post("/desk/topics/water", action="preview", **FIELDS).status_code == 200
    with topic.read() as session:
        assert len(desk.list_all(session)) == 1


def without_terms(page: str) -> str:
    """A page without what keeps the terms of a rule in their own direction."""
    return re.sub(r'<span class="term">(.*?)</span>', r"\1", page)


def test_a_rule_is_tried_while_it_is_typed(brahim: Browser, topic: Database) -> None:
    piece = brahim.post("/desk/preview", rule="barrages", topic="water").text
    assert not piece.lstrip().startswith("<!doctype")
    wrong = brahim.post("/desk/preview", rule='barrages "x <b>', topic="").text
    assert 'role="alert"' in wrong
    assert "<mark>&#34;x &lt;b&gt;</mark>" in without_terms(wrong)
    assert brahim.post("/desk/preview", rule="x", topic="none").status_code == 404


def test_a_form_writes_the_rule(brahim: Browser, topic: Database) -> None:
    page = brahim.post(
        "/desk/topics/new", action="compose", any_of="سدود\nالصيد البحري", none_of="كرة",
        languages="ar", days="30",
    ).text  # fmt: skip
    rule = re.search(r'<textarea id="rule"[^>]*>(.*?)</textarea>', page)
    assert rule
    assert rule[1] == "(سدود أو &#34;الصيد البحري&#34;) لغة:ar -كرة بعد:30ي"


# --- saving ----------------------------------------------------------------------------------


def test_a_topic_is_made_and_published(brahim: Browser, driss: Browser, topic: Database) -> None:
    made = brahim.post("/desk/topics/new", **FIELDS | {"slug": "snow", "state": "published"})
    assert made.headers["Location"] == "/desk/topics/snow"
    run_backfill(topic, NOW)
    page = driss.get("/topics/snow").text
    assert "امتلاء السدود" in page
    assert "/entries/1?in=topic%3Asnow" in page
    assert "سدود</bdi></mark>" in page


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"slug": "water"}, 409),
        ({"slug": "a/b"}, 400),
        ({"slug": "snow", "name_ar": ""}, 400),
        ({"slug": "snow", "rule": "سدود ("}, 400),
        ({"slug": "snow", "rule": "is:unread سدود"}, 400),
    ],
)
def test_what_cannot_be_saved_is_told_beside_what_was_typed(
    brahim: Browser, topic: Database, fields: dict[str, str], status: int
) -> None:
    answer = brahim.post("/desk/topics/new", **FIELDS | {"about_fr": "Gardé"} | fields)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert "Gardé" in answer.text


def test_two_editors_collide_and_lose_nothing(brahim: Browser, topic: Database) -> None:
    as_badia(topic, rule="سدود OR أنهار")
    mine = FIELDS | {"rule": "سدود OR مطر", "about_ar": "عن الماء"}
    page = brahim.post("/desk/topics/water", action="save", **mine)
    assert page.status_code == 409
    assert "Badia" in page.text
    assert "<del>أنهار</del><ins>مطر</ins>" in without_terms(page.text)
    assert "سدود OR مطر</textarea>" in page.text
    assert 'name="base" value="2"' in page.text
    assert rule_of(topic) == (2, "سدود OR أنهار")
    merged = mine | {"rule": "سدود OR أنهار OR مطر", "base": "2"}
    assert brahim.post("/desk/topics/water", action="save", **merged).status_code == 303
    assert rule_of(topic) == (3, "سدود OR أنهار OR مطر")


def test_history_compares_and_goes_back(brahim: Browser, topic: Database) -> None:
    as_badia(topic, rule="سدود OR أنهار")
    as_badia(topic, slug="water", state="published")
    page = brahim.get("/desk/topics/water/history?before=1&after=2", headers=ENGLISH).text
    assert "<ins> OR أنهار</ins>" in without_terms(page)
    assert "<ins>Published</ins>" in brahim.get("/desk/topics/water/history", headers=ENGLISH).text
    assert brahim.get("/desk/topics/water/history?after=9").status_code == 404
    assert brahim.get("/desk/topics/water/history?before=x").status_code == 400
    assert brahim.post("/desk/topics/water/revert", number="1", base="2").status_code == 409
    assert brahim.post("/desk/topics/water/revert", number="1", base="3").status_code == 303
    assert rule_of(topic) == (4, "سدود")


# --- by hand ---------------------------------------------------------------------------------


def test_pins_removals_and_notes(brahim: Browser, chaimae: Browser, topic: Database) -> None:
    def act(entry_id: int, action: str, **fields: str) -> int:
        url = f"/desk/topics/water/entries/{entry_id}/{action}"
        return brahim.post(url, **fields).status_code

    assert act(3, "pin", days="7", note="<b>مهم") == 303
    page = brahim.get("/desk/topics/water/entries").text
    assert "&lt;b&gt;مهم" in page
    assert act(1, "remove", reason="مكرر") == 303
    assert "مكرر" in brahim.get("/desk/topics/water/entries").text
    assert act(1, "restore") == act(3, "up") == act(3, "unpin") == 303
    assert act(3, "pin", days="8") == act(1, "burn") == 400
    assert act(99, "pin", days="0") == 404

    assert brahim.post("/desk/topics/water/notes", note="انتبهوا").status_code == 303
    assert "انتبهوا" in chaimae.get("/desk/topics/water").text
    assert "notes/1/delete" not in chaimae.get("/desk/topics/water").text
    chaimae.post("/desk/topics/water/notes/1/delete")
    assert "notes/1/delete" in brahim.get("/desk/topics/water").text
    brahim.post("/desk/topics/water/notes/1/delete")
    assert "انتبهوا" not in brahim.get("/desk/topics/water").text


def test_editors_cannot_touch_sources(brahim: Browser) -> None:
    for page in ("/operate", "/operate/feeds/1"):
        assert brahim.get(page).status_code == 403
    assert brahim.post("/operate/feeds/1/poll").status_code == 403


def test_a_topic_is_deleted_after_a_question(
    amina: Browser, brahim: Browser, driss: Browser, topic: Database
) -> None:
    as_badia(topic, state="published")
    amina.post("/topics/water/follow", on="1")
    asked = brahim.get("/desk/topics/water/delete", headers=ENGLISH).text
    assert "Delete <bdi>Water</bdi>?" in asked
    assert "Its history stays" in asked
    assert brahim.post("/desk/topics/water/delete", base="2", reason="twice").status_code == 303
    board = brahim.get("/desk", headers=ENGLISH).text
    assert "Deleted topics" in board
    assert 'href="/desk/topics/water"' not in board
    assert brahim.get("/desk/topics/water").location == "/desk/topics/water/history"
    history = brahim.get("/desk/topics/water/history", headers=ENGLISH).text
    assert "This topic is deleted" in history
    assert "twice" in history
    for language, sentence in (
        ("ar", "لم يعد هذا الموضوع موجودا"),
        ("fr", "Ce sujet n’existe plus"),
        ("en", "This topic no longer exists"),
    ):
        gone = driss.get("/topics/water", headers={"Accept-Language": language})
        assert gone.status_code == 410
        assert sentence in gone.text
    for kind in ("atom", "rss", "json", "opml", "csv"):
        answer = driss.get(f"/topics/water.{kind}")
        assert answer.status_code == 410
        assert answer.json["error"]["code"] == "topic_gone"
    assert driss.get("/api/v1/topics/water").status_code == 410
    assert amina.post("/topics/water/follow", on="1").status_code == 410
    assert "/topics/water" not in amina.get("/mine").text


def test_a_deleted_topic_comes_back_as_it_was(
    brahim: Browser, driss: Browser, topic: Database
) -> None:
    as_badia(topic, state="published")
    brahim.post("/desk/topics/water/delete", base="2")
    run_backfill(topic, NOW)
    brahim.post("/desk/topics/water/revert", number="3", base="3")
    assert driss.get("/topics/water").status_code == 404  # a draft: going back deletes nothing
    brahim.post("/desk/topics/water/revert", number="2", base="4")
    assert "/entries/1?" not in driss.get("/topics/water").text
    run_backfill(topic, NOW)
    assert "/entries/1?" in driss.get("/topics/water").text


def test_what_is_deleted_gathers_nothing(topic: Database, brahim: Browser) -> None:
    with topic.read() as session:
        assert topics.all_rules(session)
        before = topics.rules_version(session)
    brahim.post("/desk/topics/water/delete", base="1")
    with topic.read() as session:
        assert topics.all_rules(session) == {}
        assert topics.rules_version(session) > before
        assert backfill.pending_backfills(session) == []


def test_who_deletes_is_told_of_a_save_since(brahim: Browser, topic: Database) -> None:
    as_badia(topic, rule="أمطار")
    again = brahim.post("/desk/topics/water/delete", base="1")
    assert again.status_code == 409
    assert 'name="base" value="2"' in again.text
    assert rule_of(topic) == (2, "أمطار")
    assert brahim.get("/desk/topics/none/delete").status_code == 404
