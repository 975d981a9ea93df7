"""Whatever an app sends is answered, or refused in words."""

from __future__ import annotations

from random import Random
from urllib.parse import urlencode

import pytest

from tests.web.greader.conftest import HESPRESS, READ, READING_LIST, STARRED, Phone
from tests.web.hostile_values import CORE, TEXTS

PATHS = (
    "edit-tag", "mark-all-as-read", "rename-tag", "disable-tag", "subscription/edit",
    "subscription/quickadd", "stream/items/ids", "stream/items/contents", "stream/contents",
    "unread-count", "tag/list", "subscription/list",
)  # fmt: skip
NAMES = ("s", "i", "a", "r", "t", "n", "c", "ot", "nt", "xt", "it", "ts", "ac", "dest", "T",
         "quickadd", "output", "made-up")  # fmt: skip
RIGHT = (
    HESPRESS, READING_LIST, READ, STARRED, "feed/11", "feed/12", "feed/13", "user/-/label/ماء",
    "1", "2", "999", "1762070400", "o", "edit", "subscribe", "unsubscribe",
    "tag:google.com,2005:reader/item/0000000000000001", "feed/https://h.example/feed",
)  # fmt: skip


def to_bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("seed", range(4))
def test_any_parameters(phone: Phone, seed: int) -> None:
    random = Random(seed)
    values = [*RIGHT * 3, *CORE, *TEXTS]
    for _ in range(60):
        path, form = random.choice(PATHS), {}
        for name in random.sample(NAMES, random.randint(0, 6)):
            form[name] = [to_bytes(random.choice(values)) for _ in range(random.choice((1, 1, 3)))]
        sent = "query_string" if random.random() < 0.3 else "data"
        answer = phone.open(f"/reader/api/0/{path}", "POST", **{sent: urlencode(form, doseq=True)})
        assert answer.status_code in (200, 400), (path, form, answer.text)
        assert answer.status_code == 200 or answer.text.startswith(("Error=", "{")), answer.text


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b"{}", b'{"i": {"a": 1}}', b"\xff\xfe", b"&&&", b"i=%", b"i=%ff", b"<",
             b'{"s": "user/-/label/\\ud800"}', b'{"quickadd": "http://h.example/\\ud800"}',
             b"{" * 100_000, b'{"i": [[' + b"[" * 100_000]
)  # fmt: skip
def test_any_body(phone: Phone, body: bytes) -> None:
    for path in PATHS:
        for content_type in ("application/json", "application/x-www-form-urlencoded"):
            answer = phone.open(
                f"/reader/api/0/{path}", "POST", data=body, content_type=content_type
            )
            assert answer.status_code in (200, 400), (path, answer.text)


@pytest.mark.parametrize("digits", ["0" * 11 + "1" + "9" * 30, "0" * 11 + "1" + "9" * 5000])
def test_numbers_of_any_length(phone: Phone, digits: str) -> None:
    for path, form in (
        ("stream/items/ids", {"s": f"feed/{digits}"}),
        ("stream/items/ids", {"c": digits}),
        ("mark-all-as-read", {"s": f"feed/{digits}"}),
        ("subscription/edit", {"ac": "subscribe", "s": f"feed/{digits}"}),
    ):
        assert phone.post(path, **form).status_code == 400, (path, form)


def test_names_that_cannot_be_stored_at_sign_in(phone: Phone) -> None:
    body = b'{"Email": "\\ud800", "Passwd": "\\ud800"}'
    answer = phone.client.post("/accounts/ClientLogin", data=body)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("path", "name", "form"),
    [
        ("mark-all-as-read", "s", {}),
        ("stream/items/ids", "it", {}),
        ("stream/items/ids", "xt", {}),
        ("subscription/edit", "s", {"ac": "edit"}),
    ],
)
def test_thousands_of_streams_at_once(
    phone: Phone, path: str, name: str, form: dict[str, str]
) -> None:
    answer = phone.post(path, **form, **{name: [HESPRESS] * 2000})
    assert (answer.status_code, f"{name}: " in answer.text) == (400, True)
