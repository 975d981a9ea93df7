"""Sign-in by a reverse proxy: whose word counts, and what for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from aggregator.config import Settings, WebSettings
from aggregator.config.schema import TrustedHeaderModel
from aggregator.services.accounts.trusted_header import TrustedHeader
from aggregator.storage.engine import Database
from aggregator.storage.models import UserRow
from tests.builders import FAST_PASSWORDS
from tests.web.browser import PASSWORD
from web import create_app

PROXY = "192.0.2.1"
Make = Callable[..., Flask]


@pytest.fixture
def make(newsroom: Database) -> Make:
    """An application behind a proxy; keywords are settings of [trusted_header]."""

    def make_app(web: dict[str, Any] | None = None, **header: Any) -> Flask:
        settings = Settings(
            web=WebSettings.model_validate(web or {}),
            trusted_header=TrustedHeaderModel.model_validate({"proxies": (PROXY,)} | header),
        )
        app = create_app(settings, newsroom, FAST_PASSWORDS)
        app.testing = True
        return app

    return make_app


class Proxied:
    """Somebody whose requests come through a proxy, with these headers."""

    def __init__(self, app: Flask, peer: str = PROXY, **headers: str) -> None:
        self.client = app.test_client()
        self.client.set_cookie("marsad_lang", "en")
        self.values: dict[str, Any] = {
            "headers": {name.replace("_", "-"): value for name, value in headers.items()},
            "environ_base": {"REMOTE_ADDR": peer},
            "buffered": True,
        }

    def get(self, url: str) -> TestResponse:
        return self.client.get(url, **self.values)

    def post(self, url: str, **fields: str) -> TestResponse:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/account").text)
        fields |= {"csrf_token": token[1] if token else ""}
        return self.client.post(url, data=fields, **self.values)

    def user(self) -> str:
        page = self.get("/account").text
        return page.partition('<p class="intro"><bdi>')[2].partition("<")[0]


def test_the_proxy_says_who_asks(make: Make) -> None:
    app = make()
    assert Proxied(app, Remote_User="amina").user() == "Amina"
    assert Proxied(app).user() == ""


@pytest.mark.parametrize("peer", ["192.0.2.2", "127.0.0.1", "::1", "", "localhost", "made up"])
def test_nobody_else_is_believed(make: Make, peer: str) -> None:
    visitor = Proxied(make(), peer, Remote_User="Chaimae", X_Forwarded_For=PROXY)
    assert visitor.get("/operate").status_code == 303
    assert visitor.user() == ""


@pytest.mark.parametrize("forwarded", [PROXY, f"{PROXY}, 198.51.100.7", "198.51.100.7"])
def test_an_address_that_was_forwarded_counts_for_nothing(make: Make, forwarded: str) -> None:
    app = make(web={"trusted_proxies": [PROXY]})
    headers = {"Remote_User": "Chaimae", "X_Forwarded_For": forwarded}
    assert Proxied(app, "198.51.100.7", **headers).user() == ""
    assert Proxied(app, PROXY, **headers).user() == "Chaimae"


@pytest.mark.parametrize(
    ("networks", "by_socket", "peer", "believed"),
    [
        (("10.0.0.0/8",), False, "10.1.2.3", True),
        (("10.0.0.0/8",), False, "::ffff:10.1.2.3", True),
        (("10.0.0.0/8",), False, "11.0.0.1", False),
        (("fd00::/8",), False, "fd00::1", True),
        (("10.0.0.0/8",), False, "", False),
        (("10.0.0.0/8",), True, "", True),
        (("10.0.0.0/8",), True, "localhost", True),
        ((), True, "127.0.0.1", False),
    ],
)
def test_which_peers_are_the_proxy(
    networks: tuple[str, ...], by_socket: bool, peer: str, believed: bool
) -> None:
    from ipaddress import ip_network

    header = TrustedHeader(tuple(map(ip_network, networks)), by_socket)
    assert header.believes(peer) is believed


@pytest.mark.parametrize("name", ["", " ", "Amina, Chaimae", "Amina,Chaimae", "A" * 300])
def test_what_is_not_one_name_is_nobody(make: Make, name: str) -> None:
    assert Proxied(make(create_accounts=True), Remote_User=name).user() == ""


def test_the_header_comes_before_a_session(make: Make) -> None:
    visitor = Proxied(make(), Remote_User="Amina")
    page = visitor.client.get("/login", environ_base={"REMOTE_ADDR": PROXY}).text
    token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
    signed_in = visitor.client.post(
        "/login",
        data={"name": "Chaimae", "password": PASSWORD, "csrf_token": token},
        environ_base={"REMOTE_ADDR": PROXY},
    )
    assert signed_in.status_code == 303
    assert visitor.user() == "Amina"


def test_who_leaves_the_proxy_has_left_the_site(make: Make) -> None:
    visitor = Proxied(make(), Remote_User="Amina")
    assert visitor.user() == "Amina"
    del visitor.values["headers"]
    assert visitor.user() == ""
    assert visitor.client.get_cookie("marsad_session") is None


def test_forms_work_and_belong_to_one_person(make: Make) -> None:
    app = make()
    amina = Proxied(app, Remote_User="Amina")
    assert amina.post("/entries/1/star", on="1").status_code == 303
    assert "امتلاء السدود" in amina.get("/starred").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', amina.get("/account").text)
    assert token
    amina.values["headers"]["Remote-User"] = "Chaimae"
    answer = amina.client.post(
        "/operate/people/1/role", data={"role": "editor", "csrf_token": token[1]}, **amina.values
    )
    assert answer.status_code == 400


def test_a_stranger_reads_as_one_and_is_told_why(make: Make) -> None:
    visitor = Proxied(make(), Remote_User="Fatima")
    assert visitor.get("/").status_code == 200
    answer = visitor.get("/account")
    assert answer.location.startswith("/login")
    assert "You have no account on this site." in visitor.get(answer.location).text


def test_accounts_are_made_if_they_may_be(make: Make, newsroom: Database) -> None:
    visitor = Proxied(make(create_accounts=True), Remote_User="Fatima")
    assert visitor.user() == visitor.user() == "Fatima"
    page = visitor.get("/account").text
    assert "Your organisation’s server signs you in" in page
    assert 'name="current"' not in page
    assert "/account/close" not in page
    with newsroom.read() as session:
        row = session.query(UserRow).filter_by(name="Fatima").one()
        assert (row.role, row.password_hash) == ("reader", "")
    answer = visitor.post("/account/password", new=PASSWORD, repeat=PASSWORD)
    assert answer.status_code == 401  # no password outlives the proxy's word


def test_names_are_utf8(make: Make) -> None:
    name = "أمينة بنّيس".encode().decode("latin-1")
    assert Proxied(make(create_accounts=True), Remote_User=name).user() == "أمينة بنّيس"


def test_roles_follow_the_groups_with_each_request(make: Make) -> None:
    app = make(groups="Remote-Groups", readers=("staff",), editors=("desk",), operators=("it",))
    visitor = Proxied(app, Remote_User="Amina", Remote_Groups="all, desk ,staff")
    assert visitor.get("/desk").status_code == 200
    visitor.values["headers"]["Remote-Groups"] = "it"
    assert visitor.get("/operate").status_code == 200
    visitor.values["headers"]["Remote-Groups"] = "staff"
    assert visitor.get("/operate").status_code == visitor.get("/desk").status_code == 403
    visitor.values["headers"]["Remote-Groups"] = "guests"
    assert visitor.user() == ""
    assert "has not given you access" in visitor.get("/login").text


def test_without_groups_roles_are_ours(make: Make) -> None:
    visitor = Proxied(make(), Remote_User="Chaimae", Remote_Groups="guests")
    assert visitor.get("/operate").status_code == 200


def test_signing_out_leads_to_the_proxy(make: Make) -> None:
    url = "https://auth.example.org/logout"
    page = Proxied(make(sign_out_url=url), Remote_User="Amina").post("/logout")
    assert f'content="0; url={url}"' in page.text
    assert Proxied(make(), Remote_User="Amina").post("/logout").location == "/"


def test_pages_of_people_are_private(make: Make) -> None:
    answer = Proxied(make(), Remote_User="Amina").get("/")
    assert answer.headers["Cache-Control"].startswith("private")


def test_it_is_off_unless_configured(app: Flask) -> None:
    assert Proxied(app, "127.0.0.1", Remote_User="Chaimae").user() == ""
