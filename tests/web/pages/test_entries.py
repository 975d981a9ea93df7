"""Reading entries, tagging and starring them."""

from __future__ import annotations

import pytest

from aggregator.storage.engine import Database
from tests.builders import make_entry
from tests.web.browser import Browser
from tests.web.conftest import MakeApp


def test_everything_with_each_article_once(driss: Browser) -> None:
    page = driss.get("/").text
    assert page.index("Tunis") < page.index("امتلاء السدود")
    assert "Les barrages" not in page
    assert "Médias24" in page or "هسبريس" in page


def test_an_entry_speaks_its_own_language(driss: Browser) -> None:
    page = driss.get("/", headers={"Accept-Language": "en"}).text
    assert '<html lang="en" dir="ltr">' in page
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
