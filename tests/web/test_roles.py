"""Each page for each role: Amina reads, Brahim edits, Chaimae operates, Driss is nobody we know."""

from __future__ import annotations

import pytest

from tests.web.browser import Browser
from tests.web.conftest import MakeApp

# Redirected to sign in, or onward from there.
IN = 303

PAGES = {
    #                       Amina Brahim Chaimae Driss  Driss where reading is not public
    "/":                    (200, 200, 200, 200, IN),
    "/entries/1":           (200, 200, 200, 200, IN),
    "/sources":             (200, 200, 200, 200, IN),
    "/sources/hespress":    (200, 200, 200, 200, IN),
    "/login":               (IN, IN, IN, 200, 200),
    "/register":            (IN, IN, IN, 200, 200),
    "/invite/made-up":      (404, 404, 404, 404, 404),
    "/setup/made-up":       (404, 404, 404, 404, 404),
    "/offline":             (200, 200, 200, 200, 200),
    "/mine":                (200, 200, 200, IN, IN),
    "/following":           (200, 200, 200, IN, IN),
    "/following.opml":      (200, 200, 200, IN, IN),
    "/starred":             (200, 200, 200, IN, IN),
    "/tags":                (200, 200, 200, IN, IN),
    "/account":             (200, 200, 200, IN, IN),
    "/account/export.json": (200, 200, 200, IN, IN),
    "/operate":             (403, 403, 200, IN, IN),
    "/operate/feeds/1":     (403, 403, 200, IN, IN),
    "/operate/people":      (403, 403, 200, IN, IN),
}  # fmt: skip

FORMS = {
    #                             Amina Brahim Chaimae Driss
    "/entries/1/star":            (303, 303, 303, 403),
    "/sources/hespress/follow":   (303, 303, 303, 403),
    "/following/words":           (400, 400, 400, 403),
    "/account/tokens":            (400, 400, 400, 403),
    "/account/sessions/revoke":   (303, 303, 303, 403),
    "/operate/feeds/1/poll":      (403, 403, 303, 403),
    "/operate/people/1/role":     (403, 403, 400, 403),
    "/operate/people/invites":    (403, 403, 400, 403),
}  # fmt: skip


def come(make_app: MakeApp, *, public: bool = True) -> list[Browser]:
    app = make_app(registration="open", public_reading=public)
    people = [Browser(app) for _ in range(4)]
    for person, name in zip(people, ("Amina", "Brahim", "Chaimae"), strict=False):
        assert person.sign_in(name).status_code == 303
    return people


def test_pages(make_app: MakeApp) -> None:
    people = come(make_app)
    stranger = come(make_app, public=False)[-1]
    found = {
        path: tuple(person.get(path).status_code for person in (*people, stranger))
        for path in PAGES
    }
    assert found == PAGES


@pytest.mark.parametrize("public", [True, False])
def test_forms(make_app: MakeApp, public: bool) -> None:
    people = come(make_app, public=public)
    found = {
        path: tuple(person.post(path, on="1").status_code for person in people) for path in FORMS
    }
    assert found == FORMS
