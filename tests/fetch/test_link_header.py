"""Hubs that are named in the Link header."""

import pytest

from aggregator.fetch.link_header import hub_and_self

BASE = "https://publisher.example/feed"


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ((), (None, None)),
        (
            ('<https://hub.example/>; rel="hub", <https://publisher.example/rss>; rel="self"',),
            ("https://hub.example/", "https://publisher.example/rss"),
        ),
        (("<https://hub.example/>; rel=hub", "</rss>; rel=self"),
         ("https://hub.example/", "https://publisher.example/rss")),
        (('<https://a.example/>; title="x"; rel="next HUB"',), ("https://a.example/", None)),
        (("<https://a.example/>; rel=hub", "<https://b.example/>; rel=hub"),
         ("https://a.example/", None)),
        (("<javascript:alert(1)>; rel=hub", "<http://[bad>; rel=hub", "nonsense; rel=hub"),
         (None, None)),
        (("<https://hub.example/>",), (None, None)),
    ],
)  # fmt: skip
def test_hub_and_self(headers: tuple[str, ...], found: tuple[str | None, str | None]) -> None:
    assert hub_and_self(headers, BASE) == found


def test_a_flood_of_links_is_cut() -> None:
    header = "<" * 100_000 + "https://hub.example/>; rel=hub"
    assert hub_and_self((header,), BASE) == (None, None)
