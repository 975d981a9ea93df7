"""One request against the hostile publisher: every answer ends as a result or a FetchError."""

import asyncio
import contextlib
import socket
import ssl
import subprocess
import time
from datetime import timedelta
from ipaddress import ip_network

import pytest

from aggregator.errors import AddressRefused, FetchError
from aggregator.fetch.client import FeedClient
from aggregator.fetch.guard import PUBLIC_ONLY
from aggregator.types import FetchedFeed, NotModified
from tests.fetch.asking import AGENT, LOOPBACK, fetch, fetch_error, settings
from tests.publisher import BEHAVIOURS, ENCODERS, Publisher, rss

# --- good answers ------------------------------------------------------------------------------


def test_fetches_a_feed(publisher):
    result = fetch(publisher.url("/hostile/ok?a=1#fragment"))
    assert isinstance(result, FetchedFeed)
    assert result.url == publisher.url("/hostile/ok?a=1")
    assert result.body == rss()
    assert result.content_type == "application/rss+xml"
    assert result.hints.etag == '"v1"'
    assert result.permanent_url is None


def test_introduces_itself(publisher):
    fetch(publisher.url("/hostile/ok"))
    headers = publisher.requests[-1].headers
    assert headers["user-agent"] == AGENT.lower()
    assert headers["accept-encoding"] == "gzip, deflate, br, zstd"
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
        assert isinstance(fetch(url, etag=etag), FetchedFeed)
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


def test_does_not_follow_a_refresh(publisher):
    assert b"refresh" in fetch(publisher.url("/hostile/meta-refresh")).body
    assert publisher.requests[-1].path == "/hostile/meta-refresh"


@pytest.mark.parametrize("code", [301, 302, 307])
def test_a_cookie_wall_is_passed_in_every_poll_anew(publisher, code):
    url = publisher.url(f"/hostile/cookie-wall?code={code}&to=/hostile/cookie-wall?code={code}")

    async def run():
        async with FeedClient(settings()) as client:
            return [await client.fetch(url) for _ in range(2)]

    publisher.requests.clear()
    results = asyncio.run(run())
    assert [result.body for result in results] == [rss(), rss()]
    cookies = [request.headers.get("cookie") for request in publisher.requests]
    assert cookies == [None, "seen=1", None, "seen=1"]


def test_a_permanent_redirect_for_a_cookie_moves_no_feed(publisher):
    first = publisher.url("/hostile/cookie-wall?code=301&to=/check")
    publisher.serve("/check", b"", "301 Moved", Location=first)
    result = fetch(first)
    assert (result.url, result.body, result.permanent_url) == (first, rss(), None)


def test_cookies_go_to_no_other_host(publisher, inside):
    target = inside.url("/hostile/ok")
    publisher.serve("/away", b"", "302 Found", Location=target, Set_Cookie="a=1; Domain=127.0.0.77")
    fetch(publisher.url("/away"))
    assert inside.requests[-1].path == "/hostile/ok"
    assert "cookie" not in inside.requests[-1].headers


def test_a_new_cookie_each_time_leads_nowhere(publisher):
    publisher.requests.clear()
    assert fetch_error(publisher.url("/hostile/new-cookie-each-time")).kind == "redirect"
    assert len(publisher.requests) <= 11


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
    error = fetch_error(publisher.url(f"/hostile/{path}"), timeout_s=0.4)
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
    error = fetch_error(publisher.url(f"/hostile/{path}"))
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
        "encoded?how=cutzstd&said=zstd",
        "encoded?how=badsum&said=gzip",
        "encoded?how=gzip,gzip,gzip",
        "reset-in-body",
    ],
)
def test_broken_answers_are_bad_responses(publisher, path):
    assert fetch_error(publisher.url(f"/hostile/{path}")).kind == "bad_response"


@pytest.mark.parametrize("path", ["close-at-once", "close-in-headers", "reset-at-once"])
def test_broken_connections(publisher, path):
    assert fetch_error(publisher.url(f"/hostile/{path}")).kind == "connection"


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
        assert isinstance(found, FetchedFeed | FetchError), path


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
    error = fetch_error(f"http://127.0.0.1:{port}/")
    assert error.kind == "connection"
    assert "refused" in error.detail


def test_tls_to_a_server_without_it(publisher):
    assert fetch_error(publisher.url("/hostile/ok").replace("http:", "https:")).kind == "tls"


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory):
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
        error = fetch_error(secure.url("/hostile/ok"))
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
        (204, "empty"),
        (300, "http_status"),
        (305, "http_status"),
        (418, "http_status"),
        (451, "http_status"),
        (600, "http_status"),
        (304, "bad_response"),
    ],
)
def test_statuses(publisher, code, kind):
    error = fetch_error(publisher.url(f"/hostile/status?code={code}"))
    assert (error.kind, error.status) == (kind, code)


@pytest.mark.parametrize("code", [201, 202, 203, 206, 226, 299])
def test_every_status_of_success_may_bring_a_feed(publisher, code):
    publisher.serve(f"/success-{code}", rss(), f"{code} Fine", ETag='"v2"')
    result = fetch(publisher.url(f"/success-{code}"))
    assert (result.body, result.hints.etag) == (rss(), '"v2"')


def test_an_empty_body_is_no_feed(publisher):
    publisher.serve("/empty", b"")
    assert fetch_error(publisher.url("/empty")).kind == "empty"


@pytest.mark.parametrize(
    ("after", "seconds"), [("120", 120), ("-5", None), ("99999999999", 86_400), ("soon", None)]
)
@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_handed_on(publisher, code, after, seconds):
    error = fetch_error(publisher.url(f"/hostile/status?code={code}&after={after}"))
    assert error.retry_after == (None if seconds is None else timedelta(seconds=seconds))


def test_the_reason_stays_plain_and_short(publisher):
    reason = "<script>alert(1)</script>%E2%80%AEevil%1B[31m" + "x" * 1_000
    error = fetch_error(publisher.url(f"/hostile/status?code=500&reason={reason}"))
    assert error.detail.startswith("HTTP 500 <script>alert(1)</script>evil")
    assert len(error.detail) == 200


# --- addresses ---------------------------------------------------------------------------------


def test_no_socket_is_opened_to_an_unchecked_address():
    """Even if a name or a literal had slipped through."""

    async def run():
        async with FeedClient(settings(allow_networks=())) as client:
            for address in ("127.0.0.1", "10.0.0.1", "::ffff:127.0.0.1"):
                with pytest.raises(AddressRefused):
                    client._pool(PUBLIC_ONLY)._open_socket(
                        (socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 80))
                    )

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
        fetch_error(publisher.url("/hostile/ok", "localhost"), allow_networks=()).kind
        == "address_refused"
    )
