"""Reading entries, tagging and starring them."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import insert, select

from aggregator.storage.engine import Database
from aggregator.storage.models import UserRow
from aggregator.storage.models.readers import SourceSubscription
from tests.builders import NOW, an_entry, make_entry, store_entries
from tests.web.browser import Browser
from tests.web.conftest import MakeApp


def test_everything_with_each_article_once(driss: Browser) -> None:
    page = driss.get("/").text
    assert page.index("Tunis") < page.index("امتلاء السدود")
    assert "Les barrages" not in page
    assert "هسبريس" in page


def test_an_entry_speaks_its_own_language(driss: Browser) -> None:
    page = driss.get("/", headers={"Accept-Language": "en"}).text
    assert '<html lang="en" dir="ltr" ' in page
    assert 'lang="ar" dir="rtl"' in page


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [
        ("source=hespress", "امتلاء السدود", ">Tunis<"),
        ("source=medias24", "Les barrages &lt;remplis&gt;", ">Tunis<"),
        ("country=tn", "Tunis", "امتلاء السدود"),
        ("lang=ar", "امتلاء السدود", ">Tunis<"),
        ("country=TN&lang=fr", "Tunis", "امتلاء السدود"),
    ],
)
def test_filters(driss: Browser, query: str, shown: str, hidden: str) -> None:
    page = driss.get(f"/?{query}").text
    assert shown in page
    assert hidden not in page


def test_the_list_goes_on(driss: Browser, newsroom: Database) -> None:
    with newsroom.write() as session:
        for number in range(60):
            make_entry(session, 1, f"entry number {number:02}", age=10 + number)
    first = driss.get("/").text
    cursor = first.split("cursor=")[1].split('"')[0]
    second = driss.get(f"/?cursor={cursor}").text
    shown = [f"entry number {number:02}" for number in range(60)]
    assert all((title in first) != (title in second) for title in shown)


def test_an_entry(driss: Browser) -> None:
    page = driss.get("/entries/1").text
    assert "<p>نص المقال</p>" in page
    assert "ماء" in page
    assert "/entries/2" in page  # also in Médias24
    assert "/entries/3" in page  # the newer neighbour


def test_a_copy_has_a_page_of_its_own(driss: Browser) -> None:
    page = driss.get("/entries/2").text
    assert "Les barrages &lt;remplis&gt;" in page
    assert "/entries/1" in page


def test_tagging_by_a_form(amina: Browser) -> None:
    answer = amina.post("/entries/1/tags", tags="ماء، سدود, 24/11; ⵜⴰⵎⴰⵣⵉⵖⵜ")
    assert (answer.status_code, answer.location) == (303, "/entries/1")
    page = amina.get("/entries/1").text
    for tag in ("ماء", "سدود", "24/11", "ⵜⴰⵎⴰⵣⵉⵖⵜ"):
        assert f'name="tag" value="{tag}"' in page
    amina.post("/entries/1/tags/remove", tag="سدود")
    assert 'name="tag" value="سدود"' not in amina.get("/entries/1").text
    assert "سدود" not in amina.get("/tags").text


def test_suggestions_are_the_tags_that_are_not_on_it(amina: Browser) -> None:
    amina.post("/entries/1/tags", tags="ماء, often")
    amina.post("/entries/3/tags", tags="often")
    page = amina.get("/entries/3").text
    assert '<option value="ماء">' in page
    assert '<option value="often">' not in page


def test_starring(amina: Browser) -> None:
    answer = amina.post("/entries/3/star", on="1", next="/?lang=fr")
    assert (answer.status_code, answer.location) == (303, "/?lang=fr")
    assert "Tunis" in amina.get("/starred").text
    amina.post("/entries/3/star", on="0", next="//evil.test")
    assert "Tunis" not in amina.get("/starred").text


@pytest.mark.parametrize(
    ("url", "fields", "status"),
    [
        ("/entries/1/tags", {"tags": ""}, 400),
        ("/entries/1/tags", {"tags": "x" * 61}, 400),
        ("/entries/1/tags", {"tags": "a\0b"}, 400),
        ("/entries/1/tags", {}, 400),
        ("/entries/99/tags", {"tags": "a"}, 404),
        ("/entries/99999999999/tags", {"tags": "a"}, 404),
        ("/entries/1/tags/remove", {}, 400),
        ("/entries/1/star", {"on": "maybe"}, 400),
        ("/entries/99/star", {"on": "1"}, 404),
    ],
)
def test_forms_that_make_no_sense(
    amina: Browser, url: str, fields: dict[str, str], status: int
) -> None:
    assert amina.post(url, **fields).status_code == status


def test_driss_reads_but_does_not_tag(driss: Browser) -> None:
    for url in ("/", "/entries/1", "/sources", "/sources/hespress"):
        assert driss.get(url).status_code == 200
    assert driss.post("/entries/1/tags", tags="a").status_code == 403
    assert driss.post("/entries/1/star", on="1").status_code == 403
    assert "csrf_token" not in driss.get("/entries/1").text


def test_everybody_with_an_account_tags(amina: Browser, brahim: Browser, chaimae: Browser) -> None:
    for person in (amina, brahim, chaimae):
        assert person.post("/entries/1/tags", tags="a").status_code == 303


def test_where_reading_is_not_public_driss_signs_in_first(make_app: MakeApp) -> None:
    browser = Browser(make_app(public_reading=False))
    for url in ("/?lang=ar", "/entries/1", "/sources", "/sources/hespress"):
        answer = browser.get(url)
        assert answer.status_code == 303
        assert answer.location.startswith("/login?next=")
    assert browser.sign_in("Amina", next="/entries/1").location == "/entries/1"
    assert browser.get("/entries/1").status_code == 200


# --- the list that a page belongs to -------------------------------------------------------------


def test_a_list_says_what_it_is(amina: Browser) -> None:
    page = amina.get("/?lang=fr").text
    assert re.search(
        r'<div class="entries" data-density="magazine" data-in="" data-query="lang=fr" '
        r'data-up-to="3">',
        page,
    )
    assert '<article class="entry" id="e3" data-id="3">' in page
    assert 'href="/entries/3?lang=fr"' in page
    assert " data-signed-in>" in page
    assert '<meta name="csrf-token"' in page


def test_what_only_readers_need_is_not_sent_to_visitors(driss: Browser) -> None:
    page = driss.get("/").text
    assert "csrf-token" not in page
    assert "data-signed-in" not in page
    assert "/entries/read-all" not in page
    assert 'name="density"' in page


def test_marking_a_list_carries_the_list(amina: Browser) -> None:
    page = amina.get("/sources/hespress?lang=ar").text
    assert 'data-query="in=source&amp;source=hespress&amp;lang=ar"' in page
    page = amina.get("/?country=MA").text
    form = page[page.index('action="/entries/read-all"') :].partition("</form>")[0]
    assert '<input type="hidden" name="country" value="MA">' in form
    assert '<input type="hidden" name="up_to" value="1">' in form
    assert '<input type="hidden" name="next" value="/?country=MA">' in form


def test_an_entry_leads_back_to_where_it_was_opened(amina: Browser) -> None:
    page = amina.get("/entries/1?lang=fr").text
    assert 'class="back" href="/?lang=fr"' in page
    assert 'data-in=""' in page


def test_a_shared_address_of_a_readers_list_shows_the_entry_to_anybody(driss: Browser) -> None:
    for query in ("in=mine", "in=starred", "in=tag%3Aماء", "unread=1"):
        answer = driss.get(f"/entries/1?{query}")
        assert answer.status_code == 200
        assert 'class="back" href="/"' in answer.text


@pytest.mark.parametrize("query", ["in=elsewhere", "in=source", "unread=2", "source=a%20b"])
def test_a_list_that_does_not_exist(driss: Browser, query: str) -> None:
    assert driss.get(f"/entries/1?{query}").status_code == 400


def test_what_is_unread_is_asked_by_readers_only(driss: Browser, amina: Browser) -> None:
    answer = driss.get("/?unread=1")
    assert (answer.status_code, answer.location) == (303, "/login?next=/?unread%3D1")
    amina.post("/entries/read", ids="3", on="1")
    page = amina.get("/").text
    assert '<article class="entry lead read" id="e3"' in page
    page = amina.get("/?unread=1").text
    assert 'id="e1"' in page
    assert 'id="e3"' not in page
    amina.post("/entries/read-all", up_to="3")
    page = amina.get("/?unread=1", headers={"Accept-Language": "en"}).text
    assert "You have read everything" in page
    assert 'class="button" href="/"' in page


def test_long_runs_of_one_source_are_folded(driss: Browser, newsroom: Database) -> None:
    with newsroom.write() as session:
        for number in range(5):
            make_entry(session, 1, f"run {number}", age=10 + number / 100)
    page = driss.get("/", headers={"Accept-Language": "ar"}).text
    shown, folded = page.split('<details class="fold">')
    assert "<summary>3 مقالات أخرى من <bdi>هسبريس</bdi></summary>" in folded
    assert "run 0" in shown
    assert "run 4" in folded
    assert "fold" not in driss.get("/sources/hespress").text


@pytest.mark.parametrize("density", ["headlines", "cards", "magazine"])
def test_densities(driss: Browser, density: str) -> None:
    driss.client.set_cookie("marsad_view", f"density={density}")
    page = driss.get("/").text
    assert f'data-density="{density}"' in page
    assert re.search(rf'value="{density}" aria-pressed="true"', page)
    assert ("entry lead" in page) == (density == "magazine")


# --- my news -------------------------------------------------------------------------------------


def test_my_news_are_for_readers(driss: Browser) -> None:
    answer = driss.get("/mine")
    assert (answer.status_code, answer.location) == (303, "/login?next=/mine")


def test_who_follows_nothing_is_offered_sources_of_their_language(amina: Browser) -> None:
    page = amina.get("/mine", headers={"Accept-Language": "fr"}).text
    assert "Vous ne suivez encore aucune source" in page
    offered = re.findall(r'action="/sources/([a-z0-9]+)/follow"', page)
    assert offered == ["medias24", "kapitalis", "hespress"]


def test_my_news_show_what_i_follow_and_how_much_is_unread(
    amina: Browser, newsroom: Database
) -> None:
    follow(newsroom, 1)
    page = amina.get("/mine").text
    assert 'id="e1"' in page
    assert 'id="e3"' not in page
    assert 'href="/entries/1?in=mine"' in page
    assert re.search(r'data-unread="hespress">1</b>', page)
    assert "data-unread-total>1</b>" in page
    assert 'aria-current="page">' in page[page.index('href="/mine"') :][:60]


def test_nothing_is_left_to_read(amina: Browser, newsroom: Database) -> None:
    follow(newsroom, 1)
    assert amina.post("/entries/read-all", **{"in": "mine"}, up_to="3").status_code == 303
    page = amina.get("/mine?unread=1", headers={"Accept-Language": "fr"}).text
    assert "Vous avez tout lu" in page
    assert 'class="button" href="/mine"' in page
    assert 'data-unread="hespress"></b>' in page


def follow(database: Database, *sources: int) -> None:
    """Amina follows these sources and has read nothing of them."""
    with database.write() as session:
        amina = session.execute(select(UserRow.id).where(UserRow.name == "Amina")).scalar_one()
        rows = [{"user_id": amina, "source_id": each, "followed_at": NOW} for each in sources]
        session.execute(insert(SourceSubscription), rows)


def test_untitled_posts_show_the_beginning_of_their_text(
    newsroom: Database, driss: Browser
) -> None:
    post = "صباح الخير من طنجة: البحر هادئ والميناء يعمل كالمعتاد"
    with newsroom.write_exclusive() as session:
        entry = an_entry("", "https://h.example/post", text=post, published_at=NOW)
        (id_,) = store_entries(session, 1, entry)
        older = make_entry(session, 1, age=9)
    for address in (
        "/",
        "/?view=entries",
        "/sources/hespress",
        "/search?q=طنجة",
        f"/entries/{older}",
    ):
        page = driss.get(address).text
        assert "بلا عنوان" not in page, address
        assert post in re.sub("</?mark>", "", page) or address.startswith("/entries"), address
    page = driss.get(f"/entries/{id_}").text
    assert f"<title>{post} · " in page
    assert f">{post}</h1>" in page
    answer = driss.get(f"/api/v1/entries/{id_}").get_json()
    assert (answer["title"], answer["summary"]) == ("", post)
    empty = "بلا عنوان"
    with newsroom.write() as session:
        nothing = make_entry(session, 1, age=8, title="", summary="")
    assert f">{empty}</h1>" in driss.get(f"/entries/{nothing}").text
