"""Folders on `/following`, and "my news" narrowed to one."""

from __future__ import annotations

import re

import pytest

from aggregator.services.reading import folders, marking
from aggregator.storage.engine import Database
from aggregator.types import User
from tests.builders import NOW
from tests.web.browser import Browser

AMINA = User(1, "Amina", "reader")
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def _at_the_time_of_the_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.pages.following.now", lambda: NOW)


@pytest.fixture
def sorting(amina: Browser) -> Browser:
    """Amina, who follows hespress (1), medias24 (2) and kapitalis (3)."""
    for slug in ("hespress", "medias24", "kapitalis"):
        amina.post(f"/sources/{slug}/follow", on="1")
    return amina


def sort(browser: Browser, *sources: int, **fields: str) -> int:
    """Send the form that sorts; its status."""
    values = {"csrf_token": browser.form_token(), "source": list(map(str, sources)), **fields}
    return browser.client.post("/following/folders", data=values).status_code


def places(newsroom: Database) -> dict[str, list[int]]:
    """The sources in each folder, in the order of folders."""
    with newsroom.read() as session:
        assigned = folders.folder_of_sources(session, AMINA)
        return {
            folder.name: sorted(id_ for id_, its in assigned.items() if its == folder.id)
            for folder in folders.list_folders(session, AMINA)
        }


def undo(browser: Browser, page: str = "/following") -> None:
    """Send the form that the message on the next page offers."""
    shown = browser.get(page, headers=ENGLISH).text
    form = shown.split('id="status"')[1].split("</form>")[0]
    action = re.findall(r'action="([^"]+)"', form)[0]
    fields = dict(re.findall(r'name="(?!csrf)([^"]+)" value="([^"]*)"', form))
    assert browser.post(action, **fields).status_code == 303


def titles(browser: Browser, address: str) -> list[str]:
    return re.findall(r'class="title[^"]*"[^>]*><a [^>]*>([^<]*)', browser.get(address).text)


def test_sort_into_a_new_folder_and_back(sorting: Browser, newsroom: Database) -> None:
    page = sorting.get("/following?by=folder", headers=ENGLISH).text
    assert page.count('form="sort"') == 3
    assert "Select sources below" in page
    assert sort(sorting, 1, 2, name="  Presse ") == 303
    assert places(newsroom) == {"Presse": [1, 2]}
    assert sort(sorting, 2, 3, name="Économie") == 303
    assert places(newsroom) == {"Presse": [1], "Économie": [2, 3]}
    undo(sorting)
    assert places(newsroom) == {"Presse": [1, 2], "Économie": []}
    assert sort(sorting, 1, folder="2") == 303
    assert sort(sorting, 2, folder="") == 303
    assert places(newsroom) == {"Presse": [], "Économie": [1]}


def test_the_page_shows_folders_first(sorting: Browser) -> None:
    sort(sorting, 3, name="<b>تونس</b>")
    page = sorting.get("/following", headers=ENGLISH).text
    assert re.findall(r'id="folder-(\w+)"', page) == ["1", "none"]
    assert 'href="/mine?folder=1"><bdi>&lt;b&gt;تونس&lt;/b&gt;</bdi>' in page
    assert 'id="group-MA"' in sorting.get("/following?by=country").text


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"name": "Presse"}, 400, "Select at least one source."),
        ({"source": "1", "name": "ا" * 61}, 400, "60 characters"),
        ({"source": "1", "folder": "9"}, 404, ""),
        ({"source": "99", "name": "Presse"}, 404, ""),
        ({"source": "x", "name": "Presse"}, 400, ""),
        ({"source": "1", "folder": "x"}, 400, ""),
    ],
)
def test_what_cannot_be_sorted(
    sorting: Browser, newsroom: Database, fields: dict[str, str], status: int, message: str
) -> None:
    token = sorting.form_token()
    answer = sorting.client.post(
        "/following/folders", data={"csrf_token": token, **fields}, headers=ENGLISH
    )
    assert answer.status_code == status
    assert message in answer.text
    assert places(newsroom) == {}


def test_rename_move_and_delete(sorting: Browser, newsroom: Database) -> None:
    for number, name in enumerate("abc", 1):
        sort(sorting, number, name=name)
    sorting.post("/following/folders/rename", folder="1", name="Presse")
    assert list(places(newsroom)) == ["Presse", "b", "c"]
    undo(sorting)
    assert list(places(newsroom)) == ["a", "b", "c"]
    taken = sorting.post("/following/folders/rename", folder="1", name="B")
    assert (taken.status_code, "لديكم مجلد بهذا الاسم" in taken.text) == (400, True)
    sorting.post("/following/folders/move", folder="1", to="down")
    sorting.post("/following/folders/move", folder="3", to="up")
    assert list(places(newsroom)) == ["b", "c", "a"]
    assert sorting.post("/following/folders/move", folder="1", to="top").status_code == 400
    sorting.post("/following/folders/delete", folder="3")
    assert places(newsroom) == {"b": [2], "a": [1]}
    undo(sorting)
    assert places(newsroom) == {"b": [2], "c": [3], "a": [1]}
    assert sorting.post("/following/folders/delete", folder="99").status_code == 404


def test_undoing_an_unfollow_brings_the_folder_back(sorting: Browser, newsroom: Database) -> None:
    sort(sorting, 1, 2, name="Presse")
    sorting.post("/sources/hespress/follow", on="0")
    assert places(newsroom) == {"Presse": [2]}
    undo(sorting)
    assert places(newsroom) == {"Presse": [1, 2]}
    headers = {"Accept": "application/json", "X-CSRFToken": sorting.form_token()}
    answer = sorting.client.post("/sources/medias24/follow", data={"on": "0"}, headers=headers)
    assert answer.get_json()["folder"] == 1


def test_my_news_of_a_folder(sorting: Browser, newsroom: Database) -> None:
    assert "/mine?folder=" not in sorting.get("/mine").text
    assert titles(sorting, "/mine?view=entries") == ["Tunis", "امتلاء السدود"]
    sort(sorting, 1, name="عربي")
    sort(sorting, 2, 3, name="Français")
    for view in ("", "&view=entries"):
        assert titles(sorting, f"/mine?folder=1{view}") == ["امتلاء السدود"]
        assert titles(sorting, f"/mine?folder=2{view}") == ["Tunis", "Les barrages &lt;remplis&gt;"]
    page = sorting.get("/mine?folder=2", headers=ENGLISH).text
    assert '<summary><bdi>Français</bdi> <b class="count">2</b></summary>' in page
    assert 'href="/mine?folder=1"' in page
    assert 'href="/mine?view=entries&amp;folder=2"' in page  # other filters keep the folder
    assert 'name="folder" value="2"' in page  # and so does marking all of it
    entry = re.findall(r'href="(/entries/\d+\?in=mine[^"]*)"', page)[0]
    assert "folder=2" in entry
    assert sorting.get("/mine?folder=9").status_code == 404
    assert sorting.get("/mine?folder=x").status_code == 400


def test_mark_all_of_a_folder_leaves_the_others(sorting: Browser, newsroom: Database) -> None:
    sort(sorting, 3, name="Français")
    fields = {"in": "mine", "folder": "1", "up_to": "99"}
    assert sorting.post("/entries/read-all", **fields).status_code == 303
    assert titles(sorting, "/mine?unread=1&folder=1") == []
    assert titles(sorting, "/mine?unread=1") == ["امتلاء السدود"]


def test_an_empty_folder_leads_back(sorting: Browser, newsroom: Database) -> None:
    with newsroom.write() as session:
        folders.ensure_folder(session, AMINA, "فارغ", NOW)
        marking.mark_entries(session, AMINA, [1], True, NOW)
    page = sorting.get("/mine?folder=1", headers=ENGLISH).text
    assert titles(sorting, "/mine?folder=1") == []
    assert '<a class="button" href="/mine">' in page


def test_opml_tells_of_folders(sorting: Browser) -> None:
    sort(sorting, 2, name="Économie")
    document = sorting.get("/following.opml").text
    assert document.index('<outline text="Économie" title="Économie">') < document.index("marsad:")
