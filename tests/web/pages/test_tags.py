"""A reader's own tags and stars."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.web.browser import Browser


@pytest.mark.parametrize(
    "tag",
    [
        "ماء",
        "Économie",
        "24/11",
        "/x",
        "x/",
        "a//b",
        "50%",
        "c#",
        "what?",
        "a&b=c",
        "ⵎⵉⵏ",
        "'\"<b>",
    ],
)
def test_a_tag_of_any_shape_has_a_page(amina: Browser, tag: str) -> None:
    amina.post("/entries/1/tags", tags=tag)
    address = f"/tags/{quote(tag)}"
    answer = amina.get(address)
    assert answer.status_code == 200
    assert "امتلاء السدود" in answer.text
    assert "Tunis" not in answer.text
    listed = amina.get("/tags").text.split('class="tag-list"')[1]
    link = listed.split('href="')[1].split('"')[0]
    assert amina.get(link.replace("&amp;", "&").replace("&#39;", "'")).status_code == 200


def test_a_tag_is_found_however_it_is_written(amina: Browser) -> None:
    amina.post("/entries/1/tags", tags="Sport")
    assert "Sport" in amina.get("/tags/SPORT").text


@pytest.mark.parametrize("path", ["/tags/nothing", "/tags/%00", "/tags/" + "x" * 100])
def test_a_tag_that_is_not_there(amina: Browser, path: str) -> None:
    assert amina.get(path).status_code in (400, 404)


def test_tags_are_private(amina: Browser, brahim: Browser) -> None:
    amina.post("/entries/1/tags", tags="secret")
    amina.post("/entries/1/star", on="1")
    assert "secret" not in brahim.get("/entries/1").text
    assert "secret" not in brahim.get("/tags").text
    assert brahim.get("/tags/secret").status_code == 404
    assert "امتلاء" not in brahim.get("/starred").text


@pytest.mark.parametrize("url", ["/tags", "/tags/a", "/starred"])
def test_driss_signs_in_first(driss: Browser, url: str) -> None:
    answer = driss.get(url)
    assert answer.status_code == 303
    assert answer.location == f"/login?next={quote(url, safe='/')}"
