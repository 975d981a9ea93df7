"""Pages that ask for a human, and those that only look like it."""

from __future__ import annotations

import gzip

import pytest
from multidict import CIMultiDict

from aggregator.fetch.challenge import PAGE_HEAD, challenger
from tests.fetch.asking import fetch, fetch_error
from tests.publisher import Publisher, rss

CLOUDFLARE = (
    b"<!DOCTYPE html><html lang='en-US'><head><title>Just a moment...</title></head><body>"
    b"<script>window._cf_chl_opt={cvId:'3'}</script></body></html>"
)
ANUBIS = (
    b"<!doctype html><html lang=en><head><title>Making sure you are not a bot</title>"
    b"<script id='anubis_challenge' type='application/json'>{}</script></head></html>"
)
DATADOME = (
    b"<html lang='ar'><head><title>a.example</title></head><body>"
    b"<script src='https://ct.captcha-delivery.com/c.js'></script></body></html>"
)
ORDINARY = (
    b"<!doctype html><html><head><script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'>"
    b"</script></head><body><form class='g-recaptcha'></form>403</body></html>"
)


@pytest.mark.parametrize(
    ("status", "headers", "body", "service"),
    [
        (403, {"CF-Mitigated": "challenge", "Server": "cloudflare"}, b"", "Cloudflare"),
        (503, {"Server": "cloudflare"}, CLOUDFLARE, "Cloudflare"),
        (200, {}, CLOUDFLARE, "Cloudflare"),
        (200, {}, b"\xef\xbb\xbf\n" + ANUBIS, "Anubis"),
        (401, {}, ANUBIS, "Anubis"),
        (403, {"Server": "DataDome"}, b"", "DataDome"),
        (403, {}, DATADOME, "DataDome"),
        (403, {}, b'{"url":"https://geo.captcha-delivery.com/captcha/"}', "DataDome"),
        (202, {"x-amzn-waf-action": "challenge"}, b"", "AWS WAF"),
        (429, {"X-Vercel-Mitigated": "challenge"}, b"", "Vercel"),
        (403, {"Server": "cloudflare"}, ORDINARY, ""),
        (200, {"Server": "cloudflare", "X-DataDome": "protected"}, ORDINARY, ""),
        (200, {"Server": "DataDome"}, rss(), ""),
        (200, {}, rss().replace(b"</title>", b" _cf_chl_opt anubis_challenge</title>", 1), ""),
        (403, {}, b" " * PAGE_HEAD + CLOUDFLARE, ""),
    ],
)
def test_who_asks_for_a_human(
    status: int, headers: dict[str, str], body: bytes, service: str
) -> None:
    assert challenger(status, CIMultiDict(headers), body) == service


@pytest.mark.parametrize("status", ["200 OK", "202 Accepted", "403 Forbidden", "503 Unavailable"])
@pytest.mark.parametrize("page", [CLOUDFLARE, ANUBIS, DATADOME])
def test_a_poll_says_so(publisher: Publisher, status: str, page: bytes) -> None:
    publisher.serve("/challenge", gzip.compress(page), status, Content_Encoding="gzip")
    error = fetch_error(publisher.url("/challenge"))
    assert (error.kind, error.status) == ("challenge", int(status[:3]))
    assert "the publisher asks for a human" in error.detail


def test_a_wait_that_comes_with_it_counts(publisher: Publisher) -> None:
    publisher.serve("/challenge", CLOUDFLARE, "429 Slow down", Retry_After="60")
    error = fetch_error(publisher.url("/challenge"))
    assert error.kind == "challenge"
    assert error.retry_after is not None
    assert error.authority


def test_a_page_that_cannot_be_read_is_an_ordinary_refusal(publisher: Publisher) -> None:
    publisher.serve("/refused", b"\x1f\x8b\xff", "403 Forbidden", Content_Encoding="gzip")
    assert fetch_error(publisher.url("/refused")).kind == "forbidden"
    publisher.serve("/endless", b"x" * 2**21, "403 Forbidden")
    assert fetch_error(publisher.url("/endless")).kind == "forbidden"


def test_a_feed_about_it_is_read(publisher: Publisher) -> None:
    feed = rss().replace(b"</title>", b" captcha-delivery.com</title>", 1)
    publisher.serve("/about", feed)
    assert fetch(publisher.url("/about")).body == feed  # type: ignore[no-untyped-call]
