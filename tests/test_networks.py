"""Public and private addresses and names; the address guard's tests try the tables themselves."""

from __future__ import annotations

import pytest

from aggregator.networks import is_private_url, is_public_name
from aggregator.urls import resolve_url

BASE = "https://www.example.ma/feed"


@pytest.mark.parametrize("name", ["marsad.ma", "news.marsad.ma.", "MARSAD.MA", "xn--ngbc5azd.ma"])
def test_public_names(name: str) -> None:
    assert is_public_name(name)


@pytest.mark.parametrize(
    "name", ["localhost", "marsad", "a.localhost", "nas.local", "nas.home.arpa", "x.INTERNAL", ""]
)
def test_names_of_this_network(name: str) -> None:
    assert not is_public_name(name)


@pytest.mark.parametrize("name", ["a.test", "a.example", "a.invalid", "a.onion"])
def test_names_that_nobody_resolves_are_not_public(name: str) -> None:
    assert not is_public_name(name)
    assert not is_private_url(f"http://{name}/")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/cgi",
        "http://１２７.０.０.１/",
        "http://127。0。0。1/",
        "http://127.0.0.1:8080/x.com/",
        "http://127.0.0.1?x.com/",
        "http://127.0.0.1#x.com/",
        "//192.168.1.1/reboot",
        "https:\\\\10.0.0.1\\",
        "http://172.16.0.1/خبر",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://0/",
        "http://224.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::a00:1]/",
        "http://[fe80::1]/",
        "http://[fd00::1]:81/",
        "http://localhost",
        "http://LOCALHOST:8000/",
        "http://localhost./",
        "http://a.localhost/",
        "http://nas.local/",
        "http://nas.local./",
        "http://nas.local:81/",
        "http://طابعة.local/ورق",
        "http://wiki.internal/?q=x.com/",
        "http://nas.home.arpa/",
        "http://router/",
    ],
)
def test_urls_into_private_networks(url: str) -> None:
    resolved = resolve_url(url, BASE)
    assert resolved is not None
    assert is_private_url(resolved)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.ma",
        "https://www.example.ma:8443/a",
        "/a/b.local",
        "https://local.example.ma/",
        "https://localhost.example.ma/",
        "https://a.locals/",
        "https://a.homes/",
        "https://my-local.ma/http://127.0.0.1/",
        "https://example.ma/?next=http://localhost/",
        "https://1.1.1.1/",
        "https://10.com/",
        "https://10.0.0.1.example.ma/",
        "https://[2606:4700:4700::1111]/",
        "https://أخبار.المغرب/خبر",
        "https://a.xn--mgbc0a9azcg/",
    ],
)
def test_urls_of_the_public_internet(url: str) -> None:
    resolved = resolve_url(url, BASE)
    assert resolved is not None
    assert not is_private_url(resolved)
