"""The client: where redirects lead and may not lead, and how many ask at once."""

import asyncio
import socket

import pytest

from aggregator.errors import AddressRefused, FetchError
from aggregator.fetch.client import MAX_REDIRECTS, FeedClient
from aggregator.types import NotModified
from tests.fetch.asking import INSIDE, FakeResolver, fetch, fetch_error, settings
from tests.publisher import Publisher, rss

# --- redirects ---------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_follows_redirects(publisher, code):
    result = fetch(publisher.url(f"/hostile/redirect?code={code}&to=/hostile/ok"))
    assert result.url == publisher.url("/hostile/ok")
    assert result.permanent_url == (publisher.url("/hostile/ok") if code in (301, 308) else None)


def test_only_an_unbroken_permanent_prefix_moves_a_feed(publisher):
    first = fetch(publisher.url("/hostile/permanent-then-temporary"))
    assert first.url == publisher.url("/hostile/ok")
    assert first.permanent_url == publisher.url("/hostile/temporary-then-permanent")
    assert fetch(publisher.url("/hostile/temporary-then-permanent")).permanent_url is None


def test_a_304_behind_a_redirect_moves_a_feed_too(publisher):
    url = publisher.url("/hostile/redirect?code=301&to=/hostile/conditional")
    result = fetch(url, etag='"v1"')
    assert isinstance(result, NotModified)
    assert result.permanent_url == publisher.url("/hostile/conditional")


def test_ten_hops_and_no_more(publisher):
    assert fetch(publisher.url(f"/hostile/hops?n={MAX_REDIRECTS}")).body == rss()
    publisher.requests.clear()
    assert fetch_error(publisher.url("/hostile/hops?n=20")).kind == "redirect"
    assert len(publisher.requests) == MAX_REDIRECTS + 1


@pytest.mark.parametrize("path", ["a", "b", "growing", "redirect?to=", "redirect?to=%23x"])
def test_loops_end(publisher, path):
    publisher.requests.clear()
    assert fetch_error(publisher.url(f"/hostile/{path}")).kind in ("redirect", "bad_response")
    assert len(publisher.requests) <= MAX_REDIRECTS + 1


def test_a_redirect_to_nowhere(publisher):
    assert fetch_error(publisher.url("/hostile/nowhere")).kind == "bad_response"


def test_the_first_of_two_locations_counts(publisher):
    assert fetch(publisher.url("/hostile/two-locations")).url == publisher.url("/hostile/ok")


def test_encoded_line_breaks_inject_no_header(publisher):
    error = fetch_error(publisher.url("/hostile/redirect?to=/found%250d%250aX-Injected:%2520yes"))
    assert error.kind == "not_found"
    assert publisher.requests[-1].target == "/found%0d%0aX-Injected:%20yes"
    assert "x-injected" not in publisher.requests[-1].headers


# --- addresses ---------------------------------------------------------------------------------

NAMES = {
    "loop": [["127.0.0.1"]],
    "private": [["10.0.0.1"]],
    "meta": [["169.254.169.254"]],
    "mixed": [["93.184.216.34", "127.0.0.1"]],
    "mixed6": [["2606:2800:220:1::1", "::1"]],
    "cname": [["127.0.0.1"]],
    "mapped": [["::ffff:127.0.0.1"]],
    "nat64": [["64:ff9b::7f00:1"]],
    "sixtofour": [["2002:7f00:1::"]],
    "rebinding": [["127.0.0.77"], ["127.0.0.1"]],
    "inside": [["127.0.0.77"]],
    "nothing": [[]],
    "public": [["93.184.216.34"]],
}
FORBIDDEN = (
    "loop",
    "private",
    "meta",
    "mixed",
    "mixed6",
    "cname",
    "mapped",
    "nat64",
    "sixtofour",
)


def resolver():
    fake = FakeResolver(**{name: list(answers) for name, answers in NAMES.items()})
    fake.names["localhost"] = [["127.0.0.1", "::1"]]
    return fake


@pytest.mark.parametrize(
    "host",
    [
        "localhost.",
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "[::]",
        "１２７.０.０.１",
        "①②⑦.⓪.⓪.①",
        "2852039166",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "0.1.2.3",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        *(f"{name}.example.test" for name in FORBIDDEN),
        "loop.example.test.",
        "LOOP.Example.Test",
    ],
)
def test_a_redirect_reaches_nothing_private(inside, canary, host):
    url = inside.url(f"/hostile/redirect?to=http://{host}:{inside.port}/secret")
    error = fetch_error(url, resolver=resolver(), allow_networks=INSIDE)
    assert error.kind == "address_refused"
    assert canary.connection_count == 0
    assert inside.requests[-1].path == "/hostile/redirect"


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("http://127.0.0.1:{port}\\@public.example.test/", "address_refused"),
        ("\\\\127.0.0.1:{port}/", "address_refused"),
        ("//127.0.0.1:{port}/", "address_refused"),
        ("http://[fe80::1%2525lo]:{port}/", "redirect"),
        ("http://127.0.%090.1:{port}/", "redirect"),
        ("http://public.example.test@127.0.0.1:{port}/", "redirect"),
        ("http://127.0.0.1:{port}@public.example.test/", "redirect"),
    ],
)
def test_a_redirect_hides_no_private_host(inside, canary, target, kind):
    url = inside.url(f"/hostile/redirect?to={target.format(port=inside.port)}")
    assert fetch_error(url, resolver=resolver(), allow_networks=INSIDE).kind == kind
    assert canary.connection_count == 0


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1/_GET%2520/",
        "dict://127.0.0.1/info",
        "ldap://127.0.0.1/",
        "http://public.example.test:22/",
        "http://93.184.216.34:22/",
        "https://user:secret@public.example.test/",
    ],
)
def test_a_redirect_goes_to_usual_places_only(inside, target):
    url = inside.url(f"/hostile/redirect?to={target}")
    assert fetch_error(url, resolver=resolver(), allow_networks=INSIDE).kind == "redirect"


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_configured_name_reaches_nothing_private(inside, canary, name):
    error = fetch_error(
        inside.url("/hostile/ok", f"{name}.example.test"),
        resolver=resolver(),
        allow_networks=INSIDE,
    )
    assert isinstance(error, AddressRefused)
    assert error.host == f"{name}.example.test"
    assert canary.connection_count == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://2130706433/",
        "http://user:secret@example.com/",
        "ftp://example.com/",
        "not a url",
        "",
        "http://\ud800/",
        "http://" + "a" * 300 + ".com/",
    ],
)
def test_a_configured_address_is_checked_before_anything_else(url):
    fake = FakeResolver()
    assert fetch_error(url, resolver=fake, allow_networks=()).kind in (
        "address_refused",
        "invalid_url",
    )
    assert not fake.queries


def test_the_address_that_was_checked_is_the_one_connected_to(inside, canary):
    """A second look-up would lead to the canary."""
    fake = resolver()
    url = inside.url("/hostile/ok", "rebinding.example.test")
    assert fetch(url, resolver=fake, allow_networks=INSIDE).body == rss()
    assert fake.queries == ["rebinding.example.test"]
    assert isinstance(fetch_error(url, resolver=fake, allow_networks=INSIDE), AddressRefused)
    assert canary.connection_count == 0


def test_a_redirect_may_use_any_port_of_an_allowed_network(inside):
    with Publisher("127.0.0.77") as other:
        for host in ("127.0.0.77", "inside.example.test"):
            url = inside.url(f"/hostile/redirect?to={other.url('/hostile/ok', host)}")
            result = fetch(url, resolver=resolver(), allow_networks=INSIDE)
            assert result.url == other.url("/hostile/ok", host)


def test_names_that_do_not_resolve():
    for host in ("unknown.example.test", "nothing.example.test"):
        assert fetch_error(f"http://{host}/", resolver=resolver()).kind == "dns"


def test_slow_names_are_within_the_deadline():
    class SlowResolver(FakeResolver):
        async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
            await asyncio.sleep(30)
            return []

    error = fetch_error("http://slow.example.test/", resolver=SlowResolver(), timeout_s=0.2)
    assert error.kind == "timeout"


def test_many_at_once_are_all_refused():
    async def run():
        async with FeedClient(settings(allow_networks=(), per_host=10), resolver()) as client:
            url = "http://mixed.example.test/"
            return await asyncio.gather(
                *(client.fetch(url) for _ in range(10)), return_exceptions=True
            )

    assert all(isinstance(found, AddressRefused) for found in asyncio.run(run()))


# --- courtesy ----------------------------------------------------------------------------------


def test_at_most_per_host_at_once():
    with Publisher() as busy:
        url = busy.url("/hostile/late?s=0.05")

        async def run():
            async with FeedClient(settings(per_host=2, timeout_s=0.4)) as client:
                return await asyncio.gather(*(client.fetch(url) for _ in range(20)))

        # Twenty in pairs take longer than the deadline: the wait for a place does not count.
        assert len(asyncio.run(run())) == 20
        assert busy.most_open == 2


def test_cancelling_passes_through_and_gives_the_place_back(publisher):
    async def run():
        async with FeedClient(settings(per_host=1, concurrency=1)) as client:
            task = asyncio.create_task(client.fetch(publisher.url("/hostile/silent")))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await client.fetch(publisher.url("/hostile/ok"))

    assert asyncio.run(run()).body == rss()


def test_a_closed_client_says_so(publisher):
    async def run():
        async with FeedClient(settings()) as client:
            pass
        await client.fetch(publisher.url("/hostile/ok"))

    with pytest.raises(FetchError, match="closed"):
        asyncio.run(run())


def test_closing_ends_what_is_under_way(publisher):
    async def run():
        async with FeedClient(settings()) as client:
            task = asyncio.create_task(client.fetch(publisher.url("/hostile/silent")))
            await asyncio.sleep(0.05)
        return await asyncio.gather(task, return_exceptions=True)

    (found,) = asyncio.run(run())
    assert isinstance(found, FetchError)
