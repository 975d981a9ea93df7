"""Which feeds may reach the operator's own networks: those configured there, and no others."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from aggregator.errors import AddressRefused, FetchError
from aggregator.fetch import guard
from aggregator.fetch.client import FeedClient
from aggregator.fetch.guard import PUBLIC_ONLY, AddressGuard
from aggregator.services.ingest import discover
from aggregator.services.ingest.read_feed import poll_feed
from aggregator.types import FeedForPoll
from tests.builders import a_document
from tests.fakes import FakeParser
from tests.fetch.asking import FakeResolver, fetch, fetch_error, settings
from tests.hub import Hub
from tests.publisher import Canary, Publisher, rss

OTHER = (ip_network("127.0.0.1/32"),)
BOTH = (ip_network("127.0.0.77/32"), *OTHER)
HOSTS = ("127.0.0.1", "2130706433", "[::ffff:127.0.0.1]", "inner.example.test")
NAMES = {
    "inner": [["127.0.0.1"]],
    "inside": [["127.0.0.77"]],
    "rebound": [["127.0.0.77"]],
    "split": [["127.0.0.77", "127.0.0.1"]],
    "mixed": [["127.0.0.77", "93.184.216.34"]],
}


def resolver(**names: Any) -> FakeResolver:
    return FakeResolver(**{name: list(found) for name, found in (NAMES | names).items()})


def post(url: str, configured_url: str | None, **changes: Any) -> int:
    async def run() -> int:
        async with FeedClient(settings(**changes), resolver()) as client:
            return await client.post_form(url, {"a": "b"}, configured_url=configured_url)

    return asyncio.run(run())


@pytest.fixture
def public(inside: Publisher, monkeypatch: pytest.MonkeyPatch) -> Publisher:
    """A publisher on an address that counts as public."""
    real = guard.is_public
    address = ip_address("127.0.0.77")
    monkeypatch.setattr(guard, "is_public", lambda found: found == address or real(found))
    return inside


# --- public feeds ------------------------------------------------------------------------------


@pytest.mark.parametrize("host", HOSTS)
def test_a_public_feed_redirects_into_no_allowed_network(
    public: Publisher, canary: Canary, host: str
) -> None:
    url = public.url(f"/hostile/redirect?code=301&to=http://{host}:{canary.port}/cgi/reboot")
    error = fetch_error(url, resolver=resolver(), allow_networks=OTHER)
    assert error.kind == "address_refused"
    assert canary.connection_count == 0


@pytest.mark.parametrize("host", HOSTS)
def test_open_and_closed_ports_look_the_same(public: Publisher, host: str) -> None:
    """Neither is connected to; an unusual port is refused before its host matters."""
    with Canary() as canary:
        opened = f"http://{host}:{canary.port}/"
        errors = [
            fetch_error(
                public.url(f"/hostile/redirect?to={target}"),
                resolver=resolver(),
                allow_networks=OTHER,
            )
            for target in (opened, f"http://{host}:1/", f"http://{host}/")
        ]
        assert canary.connection_count == 0
    assert errors[0].kind == errors[1].kind
    assert {error.kind for error in errors} <= {"address_refused", "redirect"}


@pytest.mark.parametrize("host", HOSTS)
def test_no_hub_of_a_public_feed_is_in_an_allowed_network(
    public: Publisher, canary: Canary, host: str
) -> None:
    for feed in (public.url("/feed"), "http://public.example/feed", None):
        with pytest.raises(FetchError):
            post(f"http://{host}:{canary.port}/", feed, allow_networks=OTHER)
    assert canary.connection_count == 0


@pytest.mark.parametrize("host", HOSTS)
def test_nor_where_a_public_feed_has_moved(public: Publisher, canary: Canary, host: str) -> None:
    """Operators can adopt what a page advertises; the configuration decides nonetheless."""
    moved = f"http://{host}:{canary.port}/feed"
    with pytest.raises(AddressRefused):
        fetch_from(moved, public.url("/feed"), allow_networks=OTHER)
    assert canary.connection_count == 0


def fetch_from(url: str, configured_url: str, names: Any = None, **changes: Any) -> object:
    async def run() -> object:
        async with FeedClient(settings(**changes), resolver(**(names or {}))) as client:
            return await client.fetch(url, configured_url=configured_url)

    return asyncio.run(run())


def test_no_connection_is_shared_with_a_public_feed(public: Publisher) -> None:
    """A kept connection would need no look-up, and so no check."""
    with Publisher() as private:

        async def run() -> None:
            allowed = settings(allow_networks=OTHER)
            async with FeedClient(allowed, resolver()) as client:
                target = private.url("/hostile/ok", "inner.example.test")
                assert (await client.fetch(target)).body == rss()  # type: ignore[union-attr]  # no 304
                with pytest.raises(FetchError) as error:
                    await client.fetch(public.url(f"/hostile/redirect?to={target}"))
                assert error.value.kind in ("address_refused", "redirect")

        asyncio.run(run())
        assert len(private.requests) == 1


# --- feeds in an allowed network ----------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.77", "inside.example.test"])
def test_a_private_feed_stays_in_its_own_network(
    inside: Publisher, canary: Canary, host: str
) -> None:
    url = inside.url(f"/hostile/redirect?to=http://127.0.0.1:{canary.port}/", host)
    error = fetch_error(url, resolver=resolver(), allow_networks=BOTH)
    assert error.kind == "address_refused"
    assert canary.connection_count == 0


def test_and_may_be_redirected_within_it(inside: Publisher) -> None:
    for host in ("127.0.0.77", "inside.example.test"):
        target = inside.url("/hostile/ok", host)
        url = inside.url(f"/hostile/redirect?to={target}", "inside.example.test")
        assert fetch(url, resolver=resolver(), allow_networks=BOTH).body == rss()


def test_a_way_out_does_not_lead_back(public: Publisher) -> None:
    with Publisher() as private:
        back = private.url("/hostile/ok")
        out = public.url(f"/hostile/redirect?to={back}")
        url = private.url(f"/hostile/redirect?to={out.replace('?', '%3F').replace('&', '%26')}")
        error = fetch_error(url, resolver=resolver(), allow_networks=OTHER)
        assert error.kind in ("address_refused", "redirect")
        assert len(private.requests) == 1


def test_its_hub_may_be_there_too() -> None:
    with Hub() as hub:
        hub.status = 204
        for feed in (hub.at("/feed"), hub.at("/feed").replace("127.0.0.1", "inner.example.test")):
            assert post(hub.url, feed, allow_networks=OTHER) == 204


def test_a_public_name_proves_nothing_about_its_hub(canary: Canary) -> None:
    """Its owner may point it anywhere for the moment of the request."""
    names = {"rss.marsad.ma": [["127.0.0.1"]]}
    fake = resolver()
    fake.names |= names

    async def run() -> None:
        async with FeedClient(settings(allow_networks=OTHER), fake) as client:
            hub = f"http://127.0.0.1:{canary.port}/"
            with pytest.raises(FetchError):
                await client.post_form(hub, {}, configured_url="http://rss.marsad.ma/feed")
            with pytest.raises(FetchError):
                await client.fetch(hub, configured_url="http://rss.marsad.ma/feed")

    asyncio.run(run())
    assert canary.connection_count == 0


@pytest.mark.parametrize("host", ["rss.marsad.ma", "127.1", "localhost.marsad.ma"])
def test_what_readers_ask_for_opens_no_network_by_a_public_name(canary: Canary, host: str) -> None:
    fake = resolver()
    fake.names |= {host: [["127.0.0.1"]]}
    page = f"http://{host}:{canary.port}/"

    async def run() -> None:
        async with FeedClient(settings(allow_networks=OTHER), fake) as client:
            first = await discover.look_at(page, client, FakeParser({}))
            assert (first.feed, first.kind) == (None, "address_refused")
            assert await discover.read_feeds(page, [page], client, FakeParser({})) == ()

    asyncio.run(run())
    assert canary.connection_count == 0


def test_readers_may_ask_for_an_address_in_an_allowed_network() -> None:
    async def run() -> None:
        async with FeedClient(settings(allow_networks=OTHER), resolver()) as client:
            with Publisher() as private:
                parser = FakeParser({rss(): a_document()})
                first = await discover.look_at(private.url("/hostile/ok"), client, parser)
                assert first.feed

    asyncio.run(run())


def test_a_private_name_that_turns_public_is_not_followed_out(inside: Publisher) -> None:
    """The answer that gave the feed its reach is the one connected to."""
    fake = resolver(rebound=[["127.0.0.77"], ["93.184.216.34"]])
    url = inside.url("/hostile/ok", "rebound.example.test")
    assert fetch(url, resolver=fake, allow_networks=BOTH).body == rss()
    assert fake.queries == ["rebound.example.test"]


def test_a_name_that_is_also_elsewhere_has_no_network(inside: Publisher) -> None:
    error = fetch_error(
        inside.url("/hostile/ok", "mixed.example.test"), resolver=resolver(), allow_networks=BOTH
    )
    assert error.kind == "address_refused"


def test_a_document_from_an_allowed_network_is_internal(inside: Publisher) -> None:
    for host in ("127.0.0.77", "inside.example.test"):
        url = inside.url("/hostile/ok", host)
        assert fetch(url, resolver=resolver(), allow_networks=BOTH).is_internal


def test_a_document_of_a_public_feed_is_not(public: Publisher) -> None:
    url = public.url("/hostile/ok")
    assert not fetch(url, resolver=resolver(), allow_networks=OTHER).is_internal


# --- the guard ---------------------------------------------------------------------------------


def test_narrowed_to_the_networks_of_all_addresses() -> None:
    lan, docker = ip_network("192.168.0.0/16"), ip_network("172.17.0.0/16")
    whole = AddressGuard((lan, docker))
    assert whole.narrowed(["192.168.1.4"]) == AddressGuard((lan,))
    assert whole.narrowed(["192.168.1.4", "172.17.0.2"]) == whole
    assert whole.narrowed(["::ffff:192.168.1.4"]) == AddressGuard((lan,))
    for elsewhere in ([], ["93.184.216.34"], ["192.168.1.4", "93.184.216.34"], ["10.0.0.1"]):
        assert whole.narrowed(elsewhere) == PUBLIC_ONLY


def test_without_the_public_only_its_networks_are_left() -> None:
    inside_only = AddressGuard((ip_network("10.0.0.0/8"),)).without_public()
    inside_only.check_address("a.example", "10.1.2.3")
    with pytest.raises(AddressRefused, match="not in the feed's own network"):
        inside_only.check_address("a.example", "93.184.216.34")
    assert PUBLIC_ONLY.without_public() == PUBLIC_ONLY


# --- look-ups ----------------------------------------------------------------------------------


def test_a_failed_look_up_is_tried_again() -> None:
    fake = resolver(late=[[], ["127.0.0.77"]])

    async def run() -> None:
        async with FeedClient(settings(allow_networks=BOTH), fake) as client:
            for kind in ("dns", "connection"):
                with pytest.raises(FetchError) as error:
                    await client.fetch("http://late.example.test:1/")
                assert error.value.kind == kind

    asyncio.run(run())


def test_one_that_gives_up_does_not_stop_the_others() -> None:
    class Slow(FakeResolver):
        async def resolve(self, *arguments: Any) -> Any:
            await asyncio.sleep(0.05)
            return await super().resolve(*arguments)

    fake = Slow(inner=[["127.0.0.1"]])

    async def run() -> None:
        async with FeedClient(settings(allow_networks=OTHER), fake) as client:
            url = "http://inner.example.test:1/"
            first, second = (asyncio.create_task(client.fetch(url)) for _ in range(2))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            first.cancel()
            with pytest.raises(FetchError, match="connection"):
                await second

    asyncio.run(run())
    assert len(fake.queries) == 1


# --- polling -----------------------------------------------------------------------------------


def test_polling_goes_by_the_configured_address(public: Publisher, canary: Canary) -> None:
    """What `sources adopt` or a redirect made the feed's address opens nothing."""
    moved = f"http://127.0.0.1:{canary.port}/feed"
    feed = FeedForPoll(
        1, moved, 1, "a", "ar", "UTC", "https://a.example", None, None, None, None, 60, 0, None,
        None, "lease", configured_url=public.url("/feed"),
    )  # fmt: skip

    async def run() -> None:
        async with FeedClient(settings(allow_networks=OTHER), resolver()) as client:
            poll = await poll_feed(feed, client, FakeParser())
            assert poll.failure is not None
            assert poll.failure.kind == "address_refused"

    asyncio.run(run())
    assert canary.connection_count == 0
