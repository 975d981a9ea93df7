"""The client against the hostile publisher: every answer ends as a result or as a FetchError."""

import asyncio
import contextlib
import shutil
import socket
import ssl
import subprocess
import time
from datetime import timedelta
from ipaddress import ip_network

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from aggregator.errors import FETCH_KINDS, AddressRefused, FetchError
from aggregator.fetch.client import MAX_REDIRECTS, ClientSettings, FeedClient
from aggregator.types import Fetched, NotModified
from tests.publisher import BEHAVIOURS, ENCODERS, Publisher, rss

LOOPBACK = (ip_network("127.0.0.0/8"),)
INSIDE = (ip_network("127.0.0.77/32"),)
AGENT = "Marsad/0.1 (+https://marsad.example/contact)"


class FakeResolver(AbstractResolver):
    """Names as `names` has them: the n-th look-up gets the n-th list, the last one for ever."""

    def __init__(self, **names):
        self.names = {f"{name}.example.test": found for name, found in names.items()}
        self.asked = []

    async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
        self.asked.append(host)
        if host.removesuffix(".") not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answers = self.names[host.removesuffix(".")]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in found
        ]

    async def close(self):
        pass


def settings(**changes):
    values = {"timeout_s": 2.0, "max_feed_size": 2**20, "allow_networks": LOOPBACK} | changes
    return ClientSettings(AGENT, **values)


def fetch(url, *, resolver=None, etag=None, last_modified=None, **changes):
    async def run():
        async with FeedClient(settings(**changes), resolver) as client:
            return await client.fetch(url, etag=etag, last_modified=last_modified)

    return asyncio.run(run())


def failure(url, **arguments):
    with pytest.raises(FetchError) as error:
        fetch(url, **arguments)
    assert error.value.kind in FETCH_KINDS
    assert error.value.detail.isprintable()
    assert len(error.value.detail) <= 250
    return error.value


# --- good answers ------------------------------------------------------------------------------


def test_fetches_a_feed(publisher):
    result = fetch(publisher.url("/hostile/ok?a=1#fragment"))
    assert isinstance(result, Fetched)
    assert result.url == publisher.url("/hostile/ok?a=1")
    assert result.body == rss()
    assert result.content_type == "application/rss+xml"
    assert result.hints.etag == '"v1"'
    assert result.permanent_url is None


def test_introduces_itself(publisher):
    fetch(publisher.url("/hostile/ok"))
    headers = publisher.requests[-1].headers
    assert headers["user-agent"] == AGENT.lower()
    assert headers["accept-encoding"] == "gzip, deflate, br"
    assert "application/atom+xml" in headers["accept"]
    assert not {"cookie", "authorization", "referer", "if-none-match"} & headers.keys()


def test_asks_conditionally(publisher):
    url = publisher.url("/hostile/conditional")
    first = fetch(url)
    again = fetch(url, etag=first.hints.etag, last_modified=first.hints.last_modified)
    assert isinstance(again, NotModified)
    assert again.hints.etag == '"v1"'
    assert publisher.requests[-1].headers["if-modified-since"] == "mon, 02 nov 2026 08:00:00 gmt"


def test_validators_that_cannot_be_sent_are_left_out(publisher):
    url = publisher.url("/hostile/conditional")
    for etag in ('"a"\r\nX: y', "a" * 100_000, "", "\udcc7"):
        assert isinstance(fetch(url, etag=etag), Fetched)
        assert "if-none-match" not in publisher.requests[-1].headers


@pytest.mark.parametrize("path", ["no-length", "continue-then-answer", "two-answers"])
def test_reads_odd_but_whole_answers(publisher, path):
    assert fetch(publisher.url(f"/hostile/{path}")).body in (rss(), b"<rss/>")


@pytest.mark.parametrize(
    "how", ["identity", "gzip", "deflate", "br", "gzip,br", "members", "garbage"]
)
def test_reads_codings(publisher, how):
    said = how if how not in ("members", "garbage") else "gzip"
    assert fetch(publisher.url(f"/hostile/encoded?how={how}&said={said}")).body == rss()


@pytest.mark.parametrize(
    ("how", "said"), [("gzip", "nothing"), ("identity", "gzip"), ("raw", "deflate"), ("gzip", "br")]
)
def test_reads_codings_that_are_not_as_announced(publisher, how, said):
    assert fetch(publisher.url(f"/hostile/encoded?how={how}&said={said}")).body == rss()


def test_reads_codings_dripped_in_chunks_of_a_byte(publisher):
    assert fetch(publisher.url("/hostile/dripped-gzip")).body == rss(1)


@pytest.mark.parametrize(
    "content_type", ["text/html", "image/png", "application/octet-stream", "; ; =", "", "\udcff"]
)
def test_any_content_type_will_do(publisher, content_type):
    publisher.serve("/typed", rss(), Content_Type=content_type)
    result = fetch(publisher.url("/typed"))
    assert result.body == rss()
    assert result.content_type.isprintable()


def test_a_huge_etag_is_ignored_and_the_feed_read(publisher):
    publisher.serve("/etag", rss(), ETag='"' + "a" * 100_000 + '"')
    result = fetch(publisher.url("/etag"))
    assert result.body == rss()
    assert result.hints.etag is None


def test_an_impossible_last_modified_is_ignored(publisher):
    publisher.serve("/future", rss(), Last_Modified="Thu, 01 Jan 2099 00:00:00 GMT")
    assert fetch(publisher.url("/future")).hints.last_modified is None


@pytest.mark.parametrize(
    ("control", "hours"), [("max-age=7200", 2), ("max-age=99999999999", 24), ("no-store", 0)]
)
def test_freshness_comes_with_the_feed(publisher, control, hours):
    publisher.serve("/fresh", rss(), Cache_Control=control, Expires="0")
    assert fetch(publisher.url("/fresh")).hints.fresh_for == timedelta(hours=hours)


def test_headers_that_are_not_utf8_do_no_harm(publisher):
    result = fetch(publisher.url("/hostile/header-not-utf8"))
    assert result.body == b"<rss/>"
    assert result.hints.etag is None


def test_does_not_keep_cookies_or_follow_refresh(publisher):
    publisher.serve("/cookie", b"", "302 Found", Set_Cookie="a=b", Location="/hostile/meta-refresh")
    assert b"refresh" in fetch(publisher.url("/cookie")).body
    assert publisher.requests[-1].path == "/hostile/meta-refresh"
    assert "cookie" not in publisher.requests[-1].headers


def test_ignores_proxies_of_the_environment(publisher, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetch(publisher.url("/hostile/ok")).body == rss()


# --- transport ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "slow-headers",
        "slow-status-line",
        "slow-body",
        "slow-chunks",
        "silent",
        "late?s=20",
        "slow-redirects",
        "endless-continue",
        "endless-hints",
    ],
)
def test_the_deadline_covers_everything(publisher, path):
    began = time.monotonic()
    error = failure(publisher.url(f"/hostile/{path}"), timeout_s=0.4)
    assert error.kind == "timeout"
    assert "0.4 s" in error.detail
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "path",
    [
        "endless-chunks",
        "endless-spaces",
        "huge-length",
        "gzip-bomb",
        "gzip-gzip-bomb",
        "hidden-gzip-bomb",
        "deflate-bomb",
        "unannounced-bomb",
        "brotli-bomb",
    ],
)
def test_the_cap_stops_what_is_too_large(publisher, path):
    error = failure(publisher.url(f"/hostile/{path}"))
    assert error.kind == "too_large"
    assert "1 MiB (max_feed_size)" in error.detail


@pytest.mark.parametrize(
    "path",
    [
        "endless-headers",
        "endless-header",
        "endless-status-line",
        "endless-empty-members",
        "endless-chunk-extension",
        "negative-length",
        "absurd-length",
        "word-length",
        "two-lengths",
        "long-length",
        "length-and-chunks",
        "bad-chunk-size",
        "negative-chunk",
        "huge-chunk",
        "short-chunk",
        "cut-chunks",
        "no-colon",
        "header-with-nul",
        "many-headers",
        "http-0.9",
        "http-2",
        "http-9.9",
        "not-http",
        "binary",
        "no-status",
        "status-0",
        "status-99999",
        "status-word",
        "encoded?how=cut&said=gzip",
        "encoded?how=cut&said=nothing",
        "encoded?how=cutbr&said=br",
        "encoded?how=cutzlib&said=deflate",
        "encoded?how=badsum&said=gzip",
        "encoded?how=gzip,gzip,gzip",
        "reset-in-body",
    ],
)
def test_broken_answers_are_bad_responses(publisher, path):
    assert failure(publisher.url(f"/hostile/{path}")).kind == "bad_response"


@pytest.mark.parametrize("path", ["close-at-once", "close-in-headers", "reset-at-once"])
def test_broken_connections(publisher, path):
    assert failure(publisher.url(f"/hostile/{path}")).kind == "connection"


@pytest.mark.parametrize(
    "path", ["short-length", "space-before-colon", "only-line-feeds", "bad-trailer"]
)
def test_what_parsers_disagree_on_is_read_or_refused(publisher, path):
    with contextlib.suppress(FetchError):
        assert fetch(publisher.url(f"/hostile/{path}")).body == b"<rss/>"


def test_nothing_but_our_error_ever_comes_out(publisher):
    """Every behaviour there is, also those that the tests above forgot."""
    needs_query = {"late", "header", "encoded", "redirect", "hops", "status"}
    paths = [path for path in BEHAVIOURS if path.removeprefix("/hostile/") not in needs_query]
    paths += [f"/hostile/encoded?how={how}&said=gzip" for how in ENCODERS]

    async def run():
        async with FeedClient(settings(timeout_s=1, per_host=100, concurrency=100)) as client:
            found = await asyncio.gather(
                *(client.fetch(publisher.url(path)) for path in paths), return_exceptions=True
            )
            return dict(zip(paths, found, strict=True))

    for path, found in asyncio.run(run()).items():
        assert isinstance(found, Fetched | FetchError), path


def test_a_bad_neighbour_does_not_spoil_the_connection(publisher):
    async def run():
        async with FeedClient(settings()) as client:
            for path in ("two-answers", "short-length", "long-length", "switch", "gzip-bomb"):
                await asyncio.gather(
                    client.fetch(publisher.url(f"/hostile/{path}")), return_exceptions=True
                )
                assert (await client.fetch(publisher.url("/hostile/ok"))).body == rss()

    asyncio.run(run())


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failure(f"http://127.0.0.1:{port}/")
    assert error.kind == "connection"
    assert "refused" in error.detail


def test_tls_to_a_server_without_it(publisher):
    assert failure(publisher.url("/hostile/ok").replace("http:", "https:")).kind == "tls"


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_tls_with_a_certificate_that_nobody_vouches_for(self_signed):
    with Publisher(tls=self_signed) as secure:
        error = failure(secure.url("/hostile/ok"))
        assert error.kind == "tls"
        assert "self" in error.detail
        assert not secure.requests


# --- statuses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (401, "unauthorized"),
        (403, "forbidden"),
        (404, "not_found"),
        (410, "gone"),
        (429, "rate_limited"),
        (500, "server_error"),
        (503, "server_error"),
        (599, "server_error"),
        (204, "http_status"),
        (206, "http_status"),
        (300, "http_status"),
        (305, "http_status"),
        (418, "http_status"),
        (451, "http_status"),
        (600, "http_status"),
        (304, "bad_response"),
    ],
)
def test_statuses(publisher, code, kind):
    error = failure(publisher.url(f"/hostile/status?code={code}"))
    assert (error.kind, error.status) == (kind, code)


def test_an_empty_body_is_no_feed(publisher):
    publisher.serve("/empty", b"")
    assert failure(publisher.url("/empty")).kind == "empty"


@pytest.mark.parametrize(
    ("after", "seconds"), [("120", 120), ("-5", None), ("99999999999", 86_400), ("soon", None)]
)
@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_handed_on(publisher, code, after, seconds):
    error = failure(publisher.url(f"/hostile/status?code={code}&after={after}"))
    assert error.retry_after == (None if seconds is None else timedelta(seconds=seconds))


def test_the_reason_stays_plain_and_short(publisher):
    reason = "<script>alert(1)</script>%E2%80%AEevil%1B[31m" + "x" * 1_000
    error = failure(publisher.url(f"/hostile/status?code=500&reason={reason}"))
    assert error.detail.startswith("HTTP 500 <script>alert(1)</script>evil")
    assert len(error.detail) == 200


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
    assert failure(publisher.url("/hostile/hops?n=20")).kind == "redirect"
    assert len(publisher.requests) == MAX_REDIRECTS + 1


@pytest.mark.parametrize("path", ["a", "b", "growing", "redirect?to=", "redirect?to=%23x"])
def test_loops_end(publisher, path):
    publisher.requests.clear()
    assert failure(publisher.url(f"/hostile/{path}")).kind in ("redirect", "bad_response")
    assert len(publisher.requests) <= MAX_REDIRECTS + 1


def test_a_redirect_to_nowhere(publisher):
    assert failure(publisher.url("/hostile/nowhere")).kind == "bad_response"


def test_the_first_of_two_locations_counts(publisher):
    assert fetch(publisher.url("/hostile/two-locations")).url == publisher.url("/hostile/ok")


def test_encoded_line_breaks_inject_no_header(publisher):
    error = failure(publisher.url("/hostile/redirect?to=/found%250d%250aX-Injected:%2520yes"))
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
        "[fe80::1%2525lo]",
        "[fe80::1%25lo]",
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
    error = failure(url, resolver=resolver(), allow_networks=INSIDE)
    assert error.kind == "address_refused"
    assert canary.touched == 0
    assert inside.requests[-1].path == "/hostile/redirect"


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("http://127.0.0.1:{port}\\@public.example.test/", "address_refused"),
        ("\\\\127.0.0.1:{port}/", "address_refused"),
        ("//127.0.0.1:{port}/", "address_refused"),
        ("http:127.0.0.1:{port}/", "address_refused"),
        ("http://127.0.%090.1:{port}/", "redirect"),
        ("http://public.example.test@127.0.0.1:{port}/", "redirect"),
        ("http://127.0.0.1:{port}@public.example.test/", "redirect"),
    ],
)
def test_a_redirect_hides_no_private_host(inside, canary, target, kind):
    url = inside.url(f"/hostile/redirect?to={target.format(port=inside.port)}")
    assert failure(url, resolver=resolver(), allow_networks=INSIDE).kind == kind
    assert canary.touched == 0


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
    assert failure(url, resolver=resolver(), allow_networks=INSIDE).kind == "redirect"


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_configured_name_reaches_nothing_private(inside, canary, name):
    error = failure(
        inside.url("/hostile/ok", f"{name}.example.test"),
        resolver=resolver(),
        allow_networks=INSIDE,
    )
    assert isinstance(error, AddressRefused)
    assert error.host == f"{name}.example.test"
    assert canary.touched == 0


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
    assert failure(url, resolver=fake, allow_networks=()).kind in ("address_refused", "invalid_url")
    assert not fake.asked


def test_the_address_that_was_checked_is_the_one_connected_to(inside, canary):
    """A second look-up would lead to the canary."""
    fake = resolver()
    url = inside.url("/hostile/ok", "rebinding.example.test")
    assert fetch(url, resolver=fake, allow_networks=INSIDE).body == rss()
    assert fake.asked == ["rebinding.example.test"]
    assert isinstance(failure(url, resolver=fake, allow_networks=INSIDE), AddressRefused)
    assert canary.touched == 0


def test_a_redirect_may_use_any_port_of_an_allowed_network(inside):
    with Publisher("127.0.0.77") as other:
        for host in ("127.0.0.77", "inside.example.test"):
            url = inside.url(f"/hostile/redirect?to={other.url('/hostile/ok', host)}")
            result = fetch(url, resolver=resolver(), allow_networks=INSIDE)
            assert result.url == other.url("/hostile/ok", host)


def test_names_that_do_not_resolve():
    for host in ("unknown.example.test", "nothing.example.test"):
        assert failure(f"http://{host}/", resolver=resolver()).kind == "dns"


def test_slow_names_are_within_the_deadline():
    class SlowResolver(FakeResolver):
        async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
            await asyncio.sleep(30)
            return []

    error = failure("http://slow.example.test/", resolver=SlowResolver(), timeout_s=0.2)
    assert error.kind == "timeout"


def test_many_at_once_are_all_refused():
    async def run():
        async with FeedClient(settings(allow_networks=(), per_host=10), resolver()) as client:
            url = "http://mixed.example.test/"
            return await asyncio.gather(
                *(client.fetch(url) for _ in range(10)), return_exceptions=True
            )

    assert all(isinstance(found, AddressRefused) for found in asyncio.run(run()))


def test_no_socket_is_opened_to_an_unchecked_address():
    """Even if a name or a literal had slipped through."""

    async def run():
        async with FeedClient(settings(allow_networks=())) as client:
            for address in ("127.0.0.1", "10.0.0.1", "::ffff:127.0.0.1"):
                with pytest.raises(AddressRefused):
                    client._open_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 80)))

    asyncio.run(run())


def test_resolves_through_the_system_too(publisher):
    """`localhost` needs no network."""
    assert (
        fetch(
            publisher.url("/hostile/ok", "localhost"), allow_networks=(*LOOPBACK, ip_network("::1"))
        ).body
        == rss()
    )
    assert (
        failure(publisher.url("/hostile/ok", "localhost"), allow_networks=()).kind
        == "address_refused"
    )


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
