"""Editors split and merge stories."""

from __future__ import annotations

import pytest

from tests.web.browser import Browser
from tests.web.conftest import MakeApp

pytestmark = pytest.mark.usefixtures("told")


def test_editors_split_and_merge_and_old_numbers_lead_on(brahim: Browser) -> None:
    assert brahim.post("/stories/4/split", ids="7").location == "/stories/7"
    assert "3 مصادر" in brahim.get("/stories/4").text
    assert "Aghbala" in brahim.get("/stories/7").text
    merged = brahim.post("/stories/7/merge", other="http://localhost/stories/4")
    assert merged.location == "/stories/4"
    assert (brahim.get("/stories/7").status_code, brahim.get("/stories/7").location) == (
        301,
        "/stories/4",
    )
    api = brahim.get("/api/v1/stories/7")
    assert (api.status_code, api.location) == (301, "/api/v1/stories/4")
    for wrong in ({"ids": "99"}, {"ids": "x"}, {}):
        assert brahim.post("/stories/4/split", **wrong).status_code == 400
    assert brahim.post("/stories/4/merge", other="4").status_code == 400
    assert brahim.post("/stories/4/merge", other="nothing").status_code == 400


def test_editors_are_shown_the_stories_nearest_to_one(brahim: Browser, amina: Browser) -> None:
    near = 'name="other" value="7"'
    assert near not in brahim.get("/stories/4").text
    brahim.post("/stories/4/split", ids="7")
    page = brahim.get("/stories/4").text
    assert near in page
    assert "Aghbala" in page[page.index("أحداث ذات صلة") :]
    assert 'name="other" value="3"' not in page
    assert near not in amina.get("/stories/4").text
    brahim.post("/stories/4/merge", other="7")
    assert near not in brahim.get("/stories/4").text


def test_each_role(make_app: MakeApp) -> None:
    app = make_app()
    people = [Browser(app) for _ in range(4)]
    for person, name in zip(people, ("Amina", "Brahim", "Chaimae"), strict=False):
        person.sign_in(name)
    forms = {
        "/stories/4/follow": (303, 303, 303, 403),
        "/stories/4/read": (303, 303, 303, 403),
        "/stories/4/split": (403, 400, 400, 403),
        "/stories/4/merge": (403, 400, 400, 403),
    }
    found = {path: tuple(each.post(path, on="1").status_code for each in people) for path in forms}
    assert found == forms
    assert "تحرير الحدث" not in people[0].get("/stories/4").text
    assert "تحرير الحدث" in people[1].get("/stories/4").text
