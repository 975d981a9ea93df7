"""Requests to a service that the operator named: guarded as all others."""

from __future__ import annotations

import asyncio

import pytest

from aggregator.errors import AddressRefused, FetchError
from aggregator.fetch.client import FeedClient
from aggregator.fetch.exchange import Exchange
from aggregator.fetch.transport import HttpAnswer, HttpRequest
from tests.fetch.asking import FakeResolver, settings
from tests.oidc_provider import OidcProvider, running_provider


@pytest.fixture(scope="module")
def provider():
    with running_provider() as running:
        yield running


def ask(provider: OidcProvider, path: str, body: str | None = None, **changes) -> HttpAnswer:
    request = HttpRequest(f"{provider.issuer}{path}", {"Accept": "application/json"}, body)
    return Exchange(settings(**changes), provider.issuer)(request)


def test_answers_have_their_status_and_body(provider):
    assert ask(provider, "/keys").status == 200
    missing = ask(provider, "/nothing")
    assert (missing.status, missing.body) == (404, b"{}")
    assert ask(provider, "/token", "code=x").status == 401


def test_redirects_are_not_followed(provider):
    query = "client_id=marsad&response_type=code&code_challenge_method=S256&code_challenge=x"
    answer = ask(provider, f"/authorize?{query}&nonce=n&state=s&redirect_uri={provider.issuer}/")
    assert answer.status == 302


def test_a_private_address_is_refused_unless_its_network_is_allowed(provider):
    with pytest.raises(AddressRefused):
        ask(provider, "/keys", allow_networks=())


def test_the_answer_has_a_limit(provider):
    with pytest.raises(FetchError) as caught:
        ask(provider, "/keys", max_feed_size=10)
    assert caught.value.kind == "too_large"


def exchange(url: str, trusted_url: str, **names) -> HttpAnswer:
    async def run() -> HttpAnswer:
        async with FeedClient(settings(), FakeResolver(**names)) as client:
            return await client.exchange(HttpRequest(url, {}), trusted_url=trusted_url)

    return asyncio.run(run())


def test_a_public_service_leads_into_no_network_of_ours(provider):
    """What its metadata name is as foreign as the target of a redirect."""
    with pytest.raises(AddressRefused):
        exchange(f"{provider.issuer}/keys", "https://sso.example.test", sso=[["93.184.216.34"]])


def test_a_service_inside_is_reached_by_its_name(provider):
    port = provider.issuer.rpartition(":")[2]
    url = f"http://sso.example.test:{port}"
    answer = exchange(f"{url}/keys", url, sso=[["127.0.0.1"]])
    assert answer.status == 200


def test_a_service_inside_leads_into_no_other_network(provider):
    with pytest.raises(AddressRefused):
        exchange("http://other.example.test/", provider.issuer, other=[["10.0.0.1"]])
