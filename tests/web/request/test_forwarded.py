"""Who sent a request, by what proxies say, whom we trust or not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st

from tests.web.conftest import MakeApp
from web.request.forwarded import Origin, TrustedProxies, find_origin, parse_address
from web.serving.connections import client_of

EDGE = "10.0.0.1"
PROXIES = TrustedProxies(["127.0.0.1", "10.0.0.0/8", "2001:db8:f::/48"])


def origin(headers: Mapping[str, str], peer: str = "127.0.0.1") -> Origin:
    return find_origin(peer, headers, PROXIES)


@pytest.mark.parametrize(
    ("chain", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        # What a client writes itself stands before what the proxy saw.
        ("127.0.0.1, 192.0.2.7", "192.0.2.7"),
        ("203.0.113.9, 198.51.100.4,192.0.2.7", "192.0.2.7"),
        (f"203.0.113.9, 192.0.2.7, {EDGE}", "192.0.2.7"),
        (f"192.0.2.7, {EDGE}, 10.9.9.9", "192.0.2.7"),
        # Only proxies: the first of them asks for itself.
        (f"{EDGE}", EDGE),
        (f"10.0.0.2, {EDGE}", "10.0.0.2"),
        ("192.0.2.7:40132", "192.0.2.7"),
        ("[2001:db8::7]:40132", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("192.0.2.7, 2001:db8:f::1", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7, ::ffff:10.0.0.1", "192.0.2.7"),
        # What is no address ends the way.
        (f"192.0.2.7, unknown, {EDGE}", EDGE),
        ("unknown", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("192.0.2.7,", "127.0.0.1"),
        ("evil.test", "127.0.0.1"),
        ("999.0.2.7", "127.0.0.1"),
    ],
)
def test_the_list_is_read_from_its_end(chain: str, client: str) -> None:
    assert origin({"x-forwarded-for": chain}).address == client


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("for=192.0.2.7", Origin("192.0.2.7")),
        (
            "for=192.0.2.7;proto=https;host=news.example",
            Origin("192.0.2.7", "https", "news.example"),
        ),
        ('For="[2001:db8::7]:4711" ; PROTO=https', Origin("2001:db8::7", "https")),
        (
            f"for=203.0.113.9;proto=http, for=192.0.2.7;proto=https;by=_x, for={EDGE};proto=http",
            Origin("192.0.2.7", "https"),
        ),
        (
            'for="192.0.2.7:80";host="news.example:8443"',
            Origin("192.0.2.7", "", "news.example:8443"),
        ),
        ("for=unknown;proto=https", Origin("127.0.0.1", "https")),
        ("for=_hidden", Origin("127.0.0.1")),
        ('for="192.0.2.7', Origin("127.0.0.1")),
        ("for=192.0.2.7;;", Origin("127.0.0.1")),
        ("192.0.2.7", Origin("127.0.0.1")),
        ("for=192.0.2.7;host=evil.test/path", Origin("192.0.2.7")),
        ('for=192.0.2.7;host="a b"', Origin("192.0.2.7")),
    ],
)
def test_the_standard_header(forwarded: str, expected: Origin) -> None:
    assert origin({"forwarded": forwarded}) == expected


def test_a_header_that_the_proxy_does_not_write_counts_for_nothing() -> None:
    """Most write X-Forwarded-For, and hand on a Forwarded that the client wrote."""
    headers = {"x-forwarded-for": "192.0.2.7", "forwarded": "for=203.0.113.9;host=evil.test"}
    assert origin(headers) == Origin("192.0.2.7")


@pytest.mark.parametrize(
    ("schemes", "hosts", "scheme", "host"),
    [
        ("https", "news.example", "https", "news.example"),
        ("http, https", "evil.test, news.example", "https", "news.example"),
        # One that only the first proxy writes.
        ("HTTPS", "[2001:db8::1]:8443", "https", "[2001:db8::1]:8443"),
        ("javascript", "evil.test/", "", ""),
        ("", "", "", ""),
    ],
)
def test_scheme_and_host(schemes: str, hosts: str, scheme: str, host: str) -> None:
    told = {
        "x-forwarded-for": "203.0.113.9, 192.0.2.7",
        "x-forwarded-proto": schemes,
        "x-forwarded-host": hosts,
    }
    assert origin(told) == Origin("192.0.2.7", scheme, host)


def test_scheme_and_host_are_those_that_the_outermost_proxy_saw() -> None:
    told = {
        "x-forwarded-for": f"203.0.113.9, 192.0.2.7, {EDGE}",
        "x-forwarded-proto": "gopher, https, http",
        "x-forwarded-host": "evil.test, news.example, inside.example",
    }
    assert origin(told) == Origin("192.0.2.7", "https", "news.example")


@given(st.text(max_size=60))
def test_no_header_is_a_fault(text: str) -> None:
    for name in ("x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded"):
        found = origin({name: text})
        assert parse_address(found.address)
        assert found.scheme in ("", "http", "https")


@given(st.lists(st.sampled_from(["127.0.0.1", EDGE, "203.0.113.9", "unknown", "x"]), max_size=6))
def test_whatever_a_client_writes_first_its_own_address_counts(forged: list[str]) -> None:
    chain = ", ".join([*forged, "192.0.2.7", EDGE])
    assert origin({"x-forwarded-for": chain}).address == "192.0.2.7"


def test_whom_we_trust() -> None:
    assert PROXIES.trusts("127.0.0.1")
    assert PROXIES.trusts("::ffff:127.0.0.1")
    assert not PROXIES.trusts("127.0.0.2")
    assert not PROXIES.trusts("localhost")
    assert TrustedProxies(["unix"]).trusts("localhost")
    assert not TrustedProxies(["unix"]).trusts("127.0.0.1")
    assert not TrustedProxies(["0.0.0.0/0", "::/0"]).trusts("")
    assert (bool(TrustedProxies()), bool(TrustedProxies(["unix"]))) == (False, True)


# --- the application -----------------------------------------------------------------------------


def seen_address(app: Flask, peer: str, chain: str) -> str | None:
    seen: list[str | None] = []
    app.before_request_funcs[None] = [lambda: seen.append(request.remote_addr)]
    app.test_client().get(
        "/healthz", headers={"X-Forwarded-For": chain}, environ_base={"REMOTE_ADDR": peer}
    )
    return seen[0]


@pytest.mark.parametrize(
    ("trusted", "peer", "seen"),
    [
        ((), "127.0.0.1", "127.0.0.1"),
        (("127.0.0.1",), "127.0.0.1", "192.0.2.7"),
        # Another program on the machine of the proxy, or a visitor who comes without it.
        (("127.0.0.1",), "127.0.0.2", "127.0.0.2"),
        (("127.0.0.1",), "203.0.113.9", "203.0.113.9"),
        (("127.0.0.1",), "localhost", "localhost"),
        (("unix",), "localhost", "192.0.2.7"),
        (("unix",), "127.0.0.1", "127.0.0.1"),
        (("::1",), "::1", "192.0.2.7"),
    ],
)
def test_only_proxies_that_are_named_are_believed(
    make_app: MakeApp, trusted: tuple[str, ...], peer: str, seen: str
) -> None:
    app = make_app(trusted_proxies=trusted)
    assert seen_address(app, peer, "203.0.113.1, 192.0.2.7") == seen


def test_visitors_behind_a_proxy_do_not_share_a_limit(make_app: MakeApp) -> None:
    """Of signing in; and nobody escapes it by writing the header."""
    client = make_app(trusted_proxies=("127.0.0.1",)).test_client()

    def sign_in(chain: str) -> int:
        page = client.get("/login").text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        form = {"name": "Amina", "password": "wrong", "csrf_token": token}
        return client.post("/login", data=form, headers={"X-Forwarded-For": chain}).status_code

    statuses = [sign_in(f"203.0.113.{number}, 192.0.2.7") for number in range(6)]
    assert statuses == [401] * 5 + [429]
    assert sign_in("192.0.2.8") == 401
    # The addresses of one site of IPv6 are one visitor.
    statuses = [sign_in(f"2001:db8::{number}") for number in range(1, 7)]
    assert statuses == [401] * 5 + [429]


def test_metrics_are_opened_by_no_address(make_app: MakeApp) -> None:
    for trusted in ((), ("127.0.0.1",)):
        client = make_app(trusted_proxies=trusted, metrics_token="m" * 16).test_client()
        for chain in ("", "127.0.0.1", "::1", "127.0.0.1, 127.0.0.1"):
            for peer in ("127.0.0.1", "::1", "localhost"):
                answer = client.get(
                    "/metrics",
                    headers={"X-Forwarded-For": chain},
                    environ_base={"REMOTE_ADDR": peer},
                )
                assert answer.status_code == 401


def test_connections_of_one_site_of_ipv6_count_together() -> None:
    assert client_of(("2001:db8::1", 4711, 0, 0)) == client_of(("2001:db8::2", 4711, 0, 0))
    assert client_of(("2001:db8::1", 4711, 0, 0)) != client_of(("2001:db8:0:1::1", 4711, 0, 0))
