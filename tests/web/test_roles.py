"""Every route for every role, where reading is public and where it is not.

Amina reads, Brahim edits, Chaimae operates, Driss is anonymous, and a program sends Amina's token.
A route without a line in `permission_map.ROUTES` fails; who has which permission is in
`tests/services/accounts/test_permissions.py`.
"""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from aggregator.config import PollingSettings, Settings, WebSettings
from aggregator.config.schema import OidcModel, TrustedHeaderModel
from aggregator.services.accounts import accounts
from aggregator.services.accounts.permissions import PERMISSIONS, has_permission
from aggregator.services.desk import topics
from aggregator.storage.accounts import identities, users
from aggregator.storage.engine import Database
from aggregator.types import LocalizedText, Role, TopicContent, User
from tests.builders import FAST_PASSWORDS, NOW
from tests.oidc_provider import CLIENT_ID, CLIENT_SECRET, LOOPBACK, running_provider
from tests.web.browser import Browser
from tests.web.conftest import MakeApp
from tests.web.permission_map import ROUTES
from web import create_app
from web.state import state_of

FROM_AWAY = {"REMOTE_ADDR": "192.0.2.1"}
PEOPLE: dict[str, Role] = {"Amina": "reader", "Brahim": "editor", "Chaimae": "operator"}


# Where a token counts and errors are JSON.
FOR_PROGRAMS = (
    "/api/", "/metrics", "/topics/water.", "/front.", "/sources/hespress.", "/stories/1.",
    "/search.", "/sections/politics.",
)  # fmt: skip


def with_topic(newsroom: Database) -> None:
    with newsroom.write_exclusive() as session:
        water = TopicContent("water", LocalizedText(ar="الماء"), rule="سدود", state="published")
        topics.create(session, User(2, "Brahim", "editor"), water, NOW)


@pytest.fixture(params=[True, False], ids=["public", "closed"])
def site(request: pytest.FixtureRequest, make_app: MakeApp, newsroom: Database) -> Flask:
    """A site that hubs can reach, with a topic; its forms need no token."""
    with_topic(newsroom)
    app = make_app(registration="open", public_reading=request.param, base_url="https://marsad.ma")
    app.config["WTF_CSRF_METHODS"] = ()
    return app


def test_every_route_has_an_expectation(site: Flask) -> None:
    rules = {
        f"{method} {rule.rule}"
        for rule in site.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert rules == ROUTES.keys()
    assert {route.permission for route in ROUTES.values()} == {"", *PERMISSIONS}


@pytest.mark.parametrize("name", [*PEOPLE, "Driss", "a program"])
def test_every_route(site: Flask, name: str) -> None:
    client, headers = FlaskClient(site), {}
    if name == "a program":
        headers["Authorization"] = f"Bearer {new_token(site)}"
    elif name != "Driss":
        client = signed_in(site, name).client
    wrong = {}
    for key, route in ROUTES.items():
        method, _, rule = key.partition(" ")
        answer = client.open(
            route.url or rule, method=method, headers=headers, environ_base=FROM_AWAY,
            data={"on": "1"} if method == "POST" else None, buffered=True,
        )  # fmt: skip
        expected = expected_status(site, key, name)
        if answer.status_code != expected:
            wrong[key] = (answer.status_code, expected)
        elif method == "GET" and route.permission and expected == 303:
            assert answer.location.startswith("/login?next="), key
    assert wrong == {}


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("by", ["header", "provider"])
def test_every_route_for_those_whom_others_sign_in(newsroom: Database, name: str, by: str) -> None:
    """A role counts the same, however its owner came in; it is the one that the groups say."""
    groups = {"editors": ("desk",), "operators": ("admins",)}
    group = {"Amina": "staff", "Brahim": "desk", "Chaimae": "admins"}[name]
    with_topic(newsroom)
    with newsroom.write() as session, running_provider() as provider:
        for user in accounts.list_users(session):
            users.set_role(session, user.id, "reader")
            identities.link(session, user.id, provider.issuer, user.name, user.name, NOW)
        session.commit()
        site = create_app(
            Settings(
                web=WebSettings(registration="open"),
                polling=PollingSettings(allow_networks=LOOPBACK),
                oidc=OidcModel(
                    issuer=provider.issuer, client_id=CLIENT_ID, client_secret=CLIENT_SECRET,
                    roles_claim="groups", sign_out=False, **groups,
                ),
                trusted_header=TrustedHeaderModel(
                    proxies=(FROM_AWAY["REMOTE_ADDR"],), groups="Remote-Groups", **groups
                ),
            ),
            newsroom, FAST_PASSWORDS,
        )  # fmt: skip
        site.config["WTF_CSRF_METHODS"] = ()
        client, headers = FlaskClient(site), {}
        if by == "header":
            headers = {"Remote-User": name, "Remote-Groups": f"all, {group}"}
        else:
            provider.claims = {"sub": name, "name": name, "groups": ["all", group]}
            url = client.get("/login/oidc").location
            assert client.get(provider.walk(url)).status_code == 303
        own = {
            "GET /login/oidc": 303,
            "GET /login/oidc/callback": 401,
            "POST /account/identities/link": 401,  # without the password
            "POST /login/passkey": 404,  # this site's address has no name
            "POST /login/passkey/options": 404,
        }
        wrong = {}
        for key, route in ROUTES.items():
            if "/websub/" in key:  # hubs cannot reach this site
                continue
            method, _, rule = key.partition(" ")
            answer = client.open(
                route.url or rule, method=method, headers=headers, environ_base=FROM_AWAY,
                data={"on": "1"} if method == "POST" else None, buffered=True,
            )  # fmt: skip
            expected = own.get(key) or expected_status(site, key, name)
            if answer.status_code != expected:
                wrong[key] = (answer.status_code, expected)
        assert wrong == {}


def test_an_unknown_token_is_refused_even_where_reading_is_public(site: Flask) -> None:
    client = FlaskClient(site)
    for key, route in ROUTES.items():
        method, _, rule = key.partition(" ")
        url = route.url or rule
        if url.startswith(FOR_PROGRAMS):
            headers = {"Authorization": "Bearer made-up"}
            answer = client.open(url, method=method, headers=headers, environ_base=FROM_AWAY)
            assert answer.status_code == 401, key
            assert answer.headers["WWW-Authenticate"].startswith("Bearer"), key
            assert answer.get_json()["error"]["code"] == "sign_in_needed", key


def expected_status(site: Flask, key: str, name: str) -> int:
    route = ROUTES[key]
    method, _, rule = key.partition(" ")
    for_programs = (route.url or rule).startswith(FOR_PROGRAMS)
    if name == "a program":
        name = "Amina" if for_programs else "Driss"
    elif rule.startswith("/api/") and method == "POST":  # a cookie changes nothing
        name = "Driss"
    user = User(1, name, PEOPLE[name]) if name in PEOPLE else None
    public = state_of(site).settings.public_reading
    if not route.permission:
        return route.status if user else route.anonymous or route.status
    if has_permission(user, route.permission, public):
        return route.status
    if user or (method == "POST" and not for_programs):
        return 403
    return 401 if for_programs else 303


def signed_in(app: Flask, name: str) -> Browser:
    browser = Browser(app)
    assert browser.sign_in(name).status_code == 303
    return browser


def new_token(app: Flask) -> str:
    page = signed_in(app, "Amina").post("/account/tokens", label="a program", scope="write").text
    return page.split("<code>")[1].split("</code>")[0]
