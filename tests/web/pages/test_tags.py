"""A reader's own tags and stars."""

from __future__ import annotations

import re
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


@pytest.mark.parametrize(
    ("path", "status"), [("/tags/nothing", 404), ("/tags/%00", 400), ("/tags/" + "x" * 100, 400)]
)
def test_a_tag_that_is_not_there(amina: Browser, path: str, status: int) -> None:
    assert amina.get(path).status_code == status


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


# --- putting in order ------------------------------------------------------------------------


def listed(browser: Browser) -> list[str]:
    page = browser.get("/tags").text
    return re.findall(r'<li><a href="[^"]*"><bdi>([^<]*)', page)


def test_renaming_has_a_way_back(amina: Browser) -> None:
    amina.post("/entries/1/tags", tags="24/11, سدود")
    answer = amina.post("/tags/rename", tag="24/11", name="24/12", next="/tags/24/11?unread=1")
    assert (answer.status_code, answer.location) == (303, "/tags/24/12")
    page = amina.get("/tags/24/12").text
    assert "صار اسم الوسم" in page
    back = page.split('id="status"')[1].split("</form>")[0]
    assert 'action="/tags/rename"' in back
    assert re.findall(r'name="(tag|name|next)" value="([^"]*)"', back) == [
        ("tag", "24/12"),
        ("name", "24/11"),
        ("next", "/tags/24/12"),
    ]
    assert amina.post("/tags/rename", tag="24/12", name="24/11", next="/tags").location == "/tags"
    assert set(listed(amina)) == {"24/11", "سدود"}


def test_merging_is_told_before(amina: Browser) -> None:
    amina.post("/entries/1/tags", tags="ماء")
    amina.post("/entries/3/tags", tags="<b>, ماء")
    page = amina.post("/tags/rename", tag="<b>", name="ماء", next="/tags")
    assert page.status_code == 200
    assert 'name="merge" value="1"' in page.text
    assert "&lt;b&gt;" in page.text
    assert "<b>" not in page.text
    assert len(listed(amina)) == 2
    answer = amina.post("/tags/rename", tag="<b>", name="ماء", merge="1", next="/tags")
    assert answer.location == "/tags"
    assert listed(amina) == ["ماء"]


def test_deleting_is_asked_for_twice(amina: Browser) -> None:
    amina.post("/entries/1/tags", tags="rename, keep")
    page = amina.post("/tags/delete", tag="RENAME", next="/tags/rename")
    assert page.status_code == 200
    assert 'name="sure" value="1"' in page.text
    assert amina.get("/tags/rename").status_code == 200  # a tag may have the name of a form
    answer = amina.post("/tags/delete", tag="RENAME", sure="1", next="/tags/rename")
    assert answer.location == "/tags"
    assert listed(amina) == ["keep"]


def test_a_name_that_does_not_fit_is_said_on_the_list(amina: Browser) -> None:
    amina.post("/entries/1/tags", tags="a")
    answer = amina.post("/tags/rename", tag="a", name="x" * 61)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "<bdi>a</bdi>" in answer.text


def test_only_what_is_unread(amina: Browser) -> None:
    amina.post("/entries/1/tags", tags="a")
    amina.post("/entries/1/star", on="1")
    for url in ("/tags/a", "/starred", "/sources/hespress"):
        assert "امتلاء السدود" in amina.get(f"{url}?unread=1").text
    amina.post("/entries/read", ids="1", on="1")
    for url in ("/tags/a", "/starred", "/sources/hespress"):
        assert "امتلاء السدود" not in amina.get(f"{url}?unread=1").text
        assert "امتلاء السدود" in amina.get(url).text


def test_tags_are_put_in_order_by_their_own_reader(amina: Browser, brahim: Browser) -> None:
    amina.post("/entries/1/tags", tags="secret")
    for url in ("/tags/rename", "/tags/delete"):
        assert brahim.post(url, tag="secret", name="x", sure="1").status_code == 404
    assert listed(amina) == ["secret"]
    brahim.post("/entries/1/tags", tags="own")
    assert brahim.post("/tags/delete", tag="own", sure="1").status_code == 303


@pytest.mark.parametrize("url", ["/tags/rename", "/tags/delete"])
def test_driss_has_no_tags(driss: Browser, chaimae: Browser, url: str) -> None:
    assert driss.post(url, tag="a", name="b", sure="1").status_code == 403
    assert chaimae.post(url, tag="a", name="b", sure="1").status_code == 404
    assert chaimae.client.post(url, data={"tag": "a"}).status_code == 400
