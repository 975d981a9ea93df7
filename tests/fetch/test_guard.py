"""Addresses in every notation, told apart without connecting anywhere."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from aggregator.errors import AddressRefused, FetchError
from aggregator.fetch.guard import AddressGuard, is_standard_port, literal_address
from aggregator.urls import parse_web_url

GUARD = AddressGuard()
HERE = URL("https://news.example.ma/section/feed?x=1")

LOOPBACK = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0X7F.0.0.0x1",
    "0177.0.0.1",
    "017700000001",
    "0x7f.1",
    "00000177.0.0.01",
    "１２７.０.０.１",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "%31%32%37%2e0%2e0%2e1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:7f00:0001::1]",
]
SPECIAL = [
    "0",
    "0.0.0.0",
    "0.1.2.3",
    "[::]",
    "10.0.0.1",
    "012.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.9",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "3232235521",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "4294967295",
    "[fe80::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[ff0e::1]",
    "[100::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[2001::1]",
    "[2001:0:7f00:1::]",
    "[2001:20::1]",
    "[64:ff9b:1::1]",
    "[::ffff:0:127.0.0.1]",
    "[2002:c0a8:1::]",
]
PUBLIC = {
    "93.184.216.34": "93.184.216.34",
    "0x5db8d822": "93.184.216.34",
    "100.63.255.255": "100.63.255.255",
    "172.32.0.1": "172.32.0.1",
    "198.17.0.1": "198.17.0.1",
    "[2606:2800:220:1::1]": "2606:2800:220:1::1",
    "[::ffff:93.184.216.34]": "::ffff:5db8:d822",
    "[64:ff9b::5db8:d822]": "64:ff9b::5db8:d822",
    "www.hespress.com": "www.hespress.com",
    "WWW.Hespress.COM.": "www.hespress.com.",
    "هسبريس.المغرب": "xn--ngbsec0hva.xn--mgbc0a9azcg",
    "ex_ample.com": "ex_ample.com",
    "example.com1": "example.com1",
    "1.example": "1.example",
    "0x7f.example": "0x7f.example",
}


@pytest.mark.parametrize("host", LOOPBACK + SPECIAL)
def test_refuses_every_notation_of_a_private_address(host):
    for refused in (
        lambda: GUARD.check_url(f"http://{host}/feed"),
        lambda: GUARD.check_redirect(HERE, f"https://{host}:443/"),
        lambda: GUARD.check_redirect(HERE, f"//{host}"),
    ):
        with pytest.raises(AddressRefused) as error:
            refused()
        assert error.value.kind == "address_refused"


@pytest.mark.parametrize(("host", "canonical"), PUBLIC.items())
def test_lets_public_hosts_through_in_canonical_form(host, canonical):
    assert GUARD.check_url(f"http://{host}/feed").raw_host == canonical


@pytest.mark.parametrize("host", LOOPBACK[:16])
def test_allowed_networks_are_recognised_in_every_notation(host):
    guard = AddressGuard((ip_network("127.0.0.0/8"), ip_network("fd00::/8")))
    url = guard.check_url(f"http://{host}:8080/")
    assert str(literal_address(url)) == "127.0.0.1"
    with pytest.raises(AddressRefused):
        guard.check_url("http://10.0.0.1/")


def test_an_allowed_network_reaches_embedded_addresses():
    guard = AddressGuard((ip_network("10.0.0.0/8"),))
    guard.check_address("inside.example", "::ffff:10.1.2.3")
    guard.check_address("inside.example", "64:ff9b::a01:203")
    assert guard.is_allowed("10.255.0.1")
    assert not guard.is_allowed("93.184.216.34")
    with pytest.raises(AddressRefused):
        guard.check_address("inside.example", "::ffff:127.0.0.1")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed",
        "//example.com/feed",
        "/feed",
        "ftp://example.com/feed",
        "file:///etc/passwd",
        "gopher://127.0.0.1/_GET%20/",
        "dict://127.0.0.1/info",
        "ldap://127.0.0.1/",
        "javascript:alert(1)",
        "data:text/xml,<rss/>",
        "feed:https://example.com/",
        "http:",
        "http://",
        "http:///",
        "http://?x",
        "http://:80/",
        "http://a b.example/",
        "http://exa\tmple.com/",
        "http://exa\r\nmple.com/",
        "http://example.com/\r\nX-Injected: 1",
        "http://example.com/\0",
        "http://example.com/\u2028",
        "http://user:secret@example.com/",
        "http://user@example.com/",
        "http://[fe80::1%25lo]/",
        "http://[fe80::1%lo]/",
        "http://user:secret@127.0.0.1/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:99999999999/",
        "http://example.com:-1/",
        "http://example.com:８０/",
        "http://example.com:80:80/",
        "http://example.com:http/",
        "http://[::1/",
        "http://[]/",
        "http://[::1]x/",
        "http://[v1.x]/",
        "http://[127.0.0.1]/",
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        "http://1.2.3.256/",
        "http://1..2/",
        "http://09.0.0.1/",
        "http://0x/x.1.2",
        "http://4294967296/",
        "http://99999999999999999999999999999999999999999999999/",
        "http://example.0x7g.1e/..%00" + "a" * 9_000,
        "http://exa%00mple.com/",
        "http://exa%ffmple.com/",
        "http://exa%2fmple.com/",
        "http://exa%40mple.com/",
        "http://example.com%0d%0a/",
        "http://-\ud800.com/",
        "http://a..com/",
        "http://.com/",
        f"http://{'a' * 64}.com/",
        f"http://{'a.' * 130}com/",
        "http://exam<ple.com/",
        "http://exam|ple.com/",
    ],
)
def test_refuses_what_is_no_web_address(url):
    with pytest.raises(FetchError) as error:
        GUARD.check_url(url)
    assert error.value.kind in ("invalid_url", "address_refused")
    assert error.value.detail.isprintable()


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/feed2", "https://news.example.ma/feed2"),
        ("feed2", "https://news.example.ma/section/feed2"),
        ("../feed2", "https://news.example.ma/feed2"),
        ("../../../../feed2", "https://news.example.ma/feed2"),
        ("?y=2", "https://news.example.ma/section/feed?y=2"),
        ("#top", "https://news.example.ma/section/feed?x=1"),
        ("//other.example/feed", "https://other.example/feed"),
        ("\\\\other.example\\feed", "https://other.example/feed"),
        ("/\\other.example/feed", "https://other.example/feed"),
        ("////other.example/feed", "https://other.example/feed"),
        ("http:/other.example/feed", "http://other.example/feed"),
        ("http:\\\\other.example\\feed?a\\b", "http://other.example/feed?a\\b"),
        ("HTTP://Other.Example:80/Feed#x", "http://other.example/Feed"),
        ("https://other.example:443", "https://other.example/"),
        ("https://other.example:80", "https://other.example:80/"),
        ("https://other.example?q=1", "https://other.example/?q=1"),
        ("  /spaced ", "https://news.example.ma/spaced"),
        ("/a b", "https://news.example.ma/a%20b"),
        ("/أخبار?ق=1", "https://news.example.ma/%D8%A3%D8%AE%D8%A8%D8%A7%D8%B1?%D9%82=1"),
        ("/\udcc7\udce1", "https://news.example.ma/%C7%E1"),
        ("/%7Euser/%2F%zz?a=%41+b", "https://news.example.ma/%7Euser/%2F%zz?a=%41+b"),
        ("/%0d%0aX-Injected:%201", "https://news.example.ma/%0d%0aX-Injected:%201"),
        ("/@user/feed:1", "https://news.example.ma/@user/feed:1"),
        ("https:feed2", "https://news.example.ma/section/feed2"),
        ("https:127.0.0.1/", "https://news.example.ma/section/127.0.0.1/"),
        ("/a/%2e%2E/b", "https://news.example.ma/b"),
        ("//@other.example/", "https://other.example/"),
    ],
)
def test_reads_redirects_as_browsers_do(location, target):
    assert str(GUARD.check_redirect(HERE, location)) == target


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1\\@public.example.test/",
        "//127.0.0.1\\@public.example.test/",
        "\\\\127.0.0.1/",
        "/\\127.0.0.1/",
        "///127.0.0.1/",
        "http:127.0.0.1/",
        "http:/127.0.0.1/",
        "http:////127.0.0.1/",
        "hTTp://127.0.0.1#@public.example.test/",
        "http://127.0.0.1?@public.example.test/",
    ],
)
def test_sees_through_tricks_that_hide_the_host(location):
    with pytest.raises(AddressRefused):
        GUARD.check_redirect(HERE, location)


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.\t0.1/",
        "/x\r\nSet-Cookie: a=b",
        "/x\nHost: y",
        "http://public.example.test@127.0.0.1/",
        "http://127.0.0.1@public.example.test/",
        "file:///etc/passwd",
        "ftp://example.com/",
        "//[::1",
        "x://",
    ],
)
def test_refuses_redirects_that_cannot_be_followed(location):
    with pytest.raises(FetchError) as error:
        GUARD.check_redirect(HERE, location)
    assert error.value.kind == "redirect"


@pytest.mark.parametrize("address", ["127.0.0.1", "fe80::1%eth0", "", "not an address", "::"])
def test_refuses_what_a_name_resolves_to(address):
    with pytest.raises(AddressRefused) as error:
        GUARD.check_address("feeds.example.test", address)
    assert error.value.host == "feeds.example.test"


PARTS = st.sampled_from(
    ["http:", "https:", "//", "\\", "@", ":", "80", "[", "]", "::1", "127.1", "0x7f", ".", "%2e",
     "%00", "%40", "#", "?", "a", "é", "。", "ａ", "xn--", "\u200d", "\u0661", "example.ma", " "]
)  # fmt: skip


@given(st.one_of(st.text(max_size=40), st.lists(PARTS, max_size=12).map("".join)))
def test_what_is_checked_is_what_is_connected_to(text):
    for check in (GUARD.check_url, lambda location: GUARD.check_redirect(HERE, location)):
        try:
            url = check(text)
        except FetchError:
            continue
        again = parse_web_url(str(url))
        assert again is not None
        assert again.host.strip("[]") == url.raw_host
        assert (again.port or {"http": 80, "https": 443}[again.scheme]) == url.port
        assert again.credentials is None
        assert str(GUARD.check_url(str(url))) == str(url)


def test_knows_the_usual_ports():
    first = URL("http://example.com:8080/")
    for port, usual in ((80, True), (443, True), (8080, True), (22, False), (6379, False)):
        assert is_standard_port(URL(f"http://other.example:{port}/"), first) is usual
