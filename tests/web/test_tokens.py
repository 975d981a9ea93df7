"""Tokens that are worth nothing, and cookies that are: on every route, public reading on and off.

Who may do what with a good one is in `tests/web/test_roles.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import update

from aggregator.services.accounts import accounts, api_tokens, people
from aggregator.storage.engine import Database
from aggregator.storage.models import UserSession
from aggregator.types import User
from tests.builders import FAST_PASSWORDS
from tests.web.browser import PASSWORD, Browser
from tests.web.conftest import MakeApp
from tests.web.routes import DAY, ROUTES, path_of, query_string
from web.request.auth import now
from web.state import state_of

FROM_AWAY = {"REMOTE_ADDR": "192.0.2.1"}  # /metrics is open to this machine
GET_ROUTES = [(rule, route) for (method, rule), route in ROUTES.items() if method == "GET"]
POST_ROUTES = [(rule, route) for (method, rule), route in ROUTES.items() if method == "POST"]
LISTS = (
    "/front",
    "/sections/<slug>",
    "/sources/<slug>",
    "/stories/<int:story_id>",
    "/search",
    "/topics/<slug>",
)
FEEDS = (
    *(f"{path}.{kind}" for path in LISTS for kind in ("atom", "rss", "json")),
    *("/topics/<slug>.opml", "/topics/<slug>.csv", "/search.csv"),
)


def is_for_programs(rule: str) -> bool:
    return rule.startswith("/api/") or rule == "/metrics" or rule in FEEDS


@pytest.fixture(params=[True, False], ids=["public", "closed"])
def app(request: pytest.FixtureRequest, make_app: MakeApp) -> Flask:
    made = make_app(registration="open", public_reading=request.param)
    # All routes in a row are more searches than one address may make.
    state_of(made).search_shares.use = lambda key, seconds: None  # type: ignore[method-assign]
    return made


def user(database: Database, name: str) -> User:
    with database.read() as session:
        return accounts.find(session, name)


@pytest.fixture
def good(newsroom: Database) -> str:
    """A token of the operator."""
    with newsroom.write() as session:
        return api_tokens.create_token(session, user(newsroom, "Chaimae"), "هاتفي", now())


@pytest.fixture
def worthless(newsroom: Database, good: str) -> dict[str, str]:
    """What an `Authorization` header may hold that opens nothing, by what is wrong with it."""
    with newsroom.write() as session:
        amina = user(newsroom, "Amina")
        revoked = api_tokens.create_token(session, amina, "قديم", now())
        (kept,) = api_tokens.list_tokens(session, amina)
        api_tokens.revoke_token(session, amina, kept.id)
        expired = api_tokens.create_token(session, amina, "منتهي الصلاحية", now() - 2 * DAY, 1)
        leaver = accounts.create(session, FAST_PASSWORDS, "Ghita", PASSWORD, "operator", now())
        of_closed = api_tokens.create_token(session, leaver, "هاتفي", now())
        people.close(session, leaver.id)
    return {
        "made up": "Bearer made-up",
        "empty": "",
        "no token": "Bearer",
        "blank": "Bearer   ",
        "cut": f"Bearer {good[:-1]}",
        "longer": f"Bearer {good}a",
        "other case": f"Bearer {good.swapcase()}",
        "another scheme": f"Token {good}",
        "no scheme": good,
        "basic": "Basic QW1pbmE6c291cyBsJ2FyZ2FuaWVy",
        "revoked": f"Bearer {revoked}",
        "expired": f"Bearer {expired}",
        "of a closed account": f"Bearer {of_closed}",
        "two": f"Bearer {good} {good}",
    }


def statuses(app: Flask, **headers: str) -> Iterator[tuple[str, int, str]]:
    client = app.test_client(use_cookies=False)
    for rule, route in GET_ROUTES:
        answer = client.get(
            path_of(rule, route.path),
            query_string=query_string(route.query),
            headers=headers,
            environ_base=FROM_AWAY,
            buffered=True,
        )
        yield rule, answer.status_code, answer.headers.get("WWW-Authenticate", "")


def test_a_worthless_token_is_refused_wherever_programs_ask(
    app: Flask, worthless: dict[str, str]
) -> None:
    without = {rule: status for rule, status, _ in statuses(app)}
    for what, header in worthless.items():
        for rule, status, challenge in statuses(app, Authorization=header):
            if is_for_programs(rule):
                assert (status, challenge) == (401, 'Bearer realm="marsad"'), (what, rule)
            else:
                assert status == without[rule], (what, rule)


def test_a_good_token_opens_no_page(app: Flask, good: str) -> None:
    with_token = list(statuses(app, Authorization=f"Bearer {good}"))
    pages = [found for found in with_token if not is_for_programs(found[0])]
    assert pages == [found for found in statuses(app) if not is_for_programs(found[0])]


def test_a_good_token_sends_no_form(app: Flask, good: str) -> None:
    client = app.test_client(use_cookies=False)
    for rule, route in POST_ROUTES:
        if is_for_programs(rule):
            continue
        found = [
            client.post(path_of(rule, route.path), data=dict(route.form), headers=headers)
            for headers in ({}, {"Authorization": f"Bearer {good}"})
        ]
        assert found[0].status_code == found[1].status_code, rule


def test_a_worthless_token_changes_nothing(app: Flask, worthless: dict[str, str]) -> None:
    client = app.test_client(use_cookies=False)
    rules = [(rule, route) for rule, route in POST_ROUTES if is_for_programs(rule)]
    assert len(rules) == 5
    for what, header in worthless.items():
        for rule, route in rules:
            answer = client.post(rule, data=dict(route.form), headers={"Authorization": header})
            assert answer.status_code == 401, (what, rule)
            assert answer.get_json()["error"]["code"] == "sign_in_needed"


def test_a_token_changes_nothing_unless_it_was_made_for_it(app: Flask, good: str) -> None:
    client = app.test_client(use_cookies=False)
    for rule, route in POST_ROUTES:
        if is_for_programs(rule):
            headers = {"Authorization": f"Bearer {good}"}
            answer = client.post(rule, data=dict(route.form), headers=headers)
            assert answer.status_code == 403, rule
            assert answer.get_json()["error"]["code"] == "token_scope"
            assert 'error="insufficient_scope", scope="write"' in answer.headers["WWW-Authenticate"]


def test_a_session_changes_nothing_through_the_api(app: Flask) -> None:
    amina = Browser(app)
    assert amina.sign_in("Amina").status_code == 303
    for rule, route in POST_ROUTES:
        if is_for_programs(rule):
            answer = amina.post(rule, **route.form)
            assert answer.status_code == 401, rule
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="marsad"'


@pytest.mark.parametrize("fault", ["expired", "made-up", "cut", "of another's"])
def test_a_worthless_session_is_a_stranger(app: Flask, newsroom: Database, fault: str) -> None:
    amina = Browser(app)
    assert amina.sign_in("Amina").status_code == 303
    cookie = str(amina.get("/account").request.headers["Cookie"])
    name, _, token = next(
        pair for pair in cookie.split("; ") if "session" in pair.partition("=")[0]
    ).partition("=")
    if fault == "expired":
        with newsroom.write() as session:
            session.execute(update(UserSession).values(expires_at=now() - DAY))
    else:
        token = {"made-up": "a" * len(token), "cut": token[:-1]}.get(fault, token[::-1])
    without = list(statuses(app))
    assert list(statuses(app, Cookie=f"{name}={token}")) == without
