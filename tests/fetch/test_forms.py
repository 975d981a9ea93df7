"""Sending forms to hubs: the guard, the deadline, and which redirects are followed."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network
from typing import Any

import pytest

from aggregator.errors import AddressRefused, FetchError
from aggregator.fetch.client import ClientSettings, FeedClient
from tests.hub import Hub
from tests.publisher import Canary, Publisher

LOOPBACK = (ip_network("127.0.0.0/8"),)
FEED = "http://127.0.0.77/feed"


def post(url: str, fields: dict[str, str] | None = None, **changes: Any) -> int:
    values: dict[str, Any] = {"timeout_s": 2.0, "allow_networks": LOOPBACK} | changes

    async def run() -> int:
        async with FeedClient(ClientSettings("Marsad/0.1", **values)) as client:
            form = fields or {"hub.mode": "subscribe"}
            return await client.post_form(url, form, configured_url=FEED)

    return asyncio.run(run())


def failure(url: str, **changes: Any) -> FetchError:
    with pytest.raises(FetchError) as error:
        post(url, **changes)
    return error.value


def test_the_form_arrives_as_it_is() -> None:
    with Hub() as hub:
        hub.status = 204
        form = {"hub.topic": "https://x.example/?a=1&b=2", "hub.secret": "=+ é"}
        assert post(hub.url, form) == 204
        assert hub.received_forms == [form]


@pytest.mark.parametrize(("code", "kind"), [(404, "not_found"), (500, "server_error")])
def test_an_error_of_the_hub(publisher: Publisher, code: int, kind: str) -> None:
    error = failure(publisher.url(f"/hostile/status?code={code}"))
    assert (error.kind, error.status) == (kind, code)


@pytest.mark.parametrize("code", [307, 308])
def test_redirects_that_keep_the_request_are_followed(publisher: Publisher, code: int) -> None:
    with Hub() as hub:
        hub.status = 204
        assert post(publisher.url(f"/hostile/redirect?code={code}&to={hub.url}")) == 204
        assert len(hub.received_forms) == 1


@pytest.mark.parametrize("code", [301, 302, 303])
def test_others_are_not(publisher: Publisher, code: int) -> None:
    error = failure(publisher.url(f"/hostile/redirect?code={code}&to=/hostile/ok"))
    assert (error.kind, error.status) == ("http_status", code)


def test_nor_for_ever(publisher: Publisher) -> None:
    loop = publisher.url("/hostile/redirect?code=307&to=/hostile/redirect?code=307%26to=/hostile/a")
    assert failure(loop).kind in ("redirect", "http_status")


def test_no_private_hub_is_asked() -> None:
    with Canary() as canary:
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
            error = failure(f"http://{host}:{canary.port}/", allow_networks=())
            assert error.kind in ("address_refused", "invalid_url", "connection")
        assert canary.connection_count == 0


def test_nor_one_to_which_a_hub_redirects(inside: Publisher, canary: Canary) -> None:
    target = f"http://127.0.0.1:{canary.port}/"
    url = inside.url(f"/hostile/redirect?code=307&to={target}")
    with pytest.raises(AddressRefused):
        post(url, allow_networks=(ip_network("127.0.0.77/32"),))
    assert canary.connection_count == 0


def test_nor_one_at_an_unusual_port() -> None:
    assert failure("http://93.184.216.34:8080/").kind == "invalid_url"


def test_a_hub_that_does_not_answer(publisher: Publisher) -> None:
    assert failure(publisher.url("/hostile/silent"), timeout_s=0.2).kind == "timeout"
