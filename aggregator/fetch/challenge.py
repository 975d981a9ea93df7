"""Recognise the pages that ask a visitor to prove to be human, served in place of a feed. Pure."""

from __future__ import annotations

from collections.abc import Mapping

# Enough of a page to recognise it by, in bytes.
PAGE_HEAD = 32 * 1024

_HTML = (b"<!doctype html", b"<html", b"<head", b"<script", b"<noscript", b"<meta", b"<!--")
# (header, value of which it is a part, who asks)
_HEADERS = (
    ("cf-mitigated", "challenge", "Cloudflare"),
    ("x-amzn-waf-action", "challenge", "AWS WAF"),
    ("x-amzn-waf-action", "captcha", "AWS WAF"),
    ("x-vercel-mitigated", "challenge", "Vercel"),
)
# Only what stands on challenge pages themselves: other pages of the same sites load scripts of
# the same services, and forms have captchas.
_MARKS = (
    (b"_cf_chl_opt", "Cloudflare"),
    (b"cf-browser-verification", "Cloudflare"),
    (b"cf-challenge-running", "Cloudflare"),
    (b"<title>just a moment...</title>", "Cloudflare"),
    (b"anubis_challenge", "Anubis"),
    (b"/.within.website/x/cmd/anubis", "Anubis"),
    (b"captcha-delivery.com", "DataDome"),
    (b"awswafcookiedomainlist", "AWS WAF"),
    (b"sucuri_cloudproxy_js", "Sucuri"),
    (b"_incapsula_resource", "Imperva"),
    (b"px-captcha", "HUMAN"),
    (b"sec-if-cpt-container", "Akamai"),
    (b"<title>ddos-guard</title>", "DDoS-Guard"),
)


def challenger(status: int, headers: Mapping[str, str], head: bytes) -> str:
    """The service that asks for a human, "" if this answer asks for none.

    `headers` is looked up without regard to case, `head` is the beginning of the decoded body. In
    an answer of success only a web page is looked at: a feed may write about such services.
    """
    for name, value, service in _HEADERS:
        if value in headers.get(name, "").lower():
            return service
    if 200 <= status <= 299 and not _is_page(head):
        return ""
    if status in (401, 403, 429) and headers.get("server", "").lower() == "datadome":
        return "DataDome"
    lowered = head[:PAGE_HEAD].lower()
    return next((service for mark, service in _MARKS if mark in lowered), "")


def _is_page(head: bytes) -> bool:
    return head[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_HTML)
