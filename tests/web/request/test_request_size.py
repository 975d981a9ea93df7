"""How much of a request the server takes in, by where it goes."""

from __future__ import annotations

from waitress.adjustments import Adjustments

from web.request.request_size import MAX_LARGE_REQUESTS, channel_class

SMALL, LARGE = 1_000, 5_000


class Connections:
    """Requests to one server, each read as far as it was sent."""

    def __init__(self) -> None:
        self.parser_class = channel_class(("/websub/",), LARGE).parser_class

    def send(self, path: str, size: int, *, chunked: bool = False) -> object:
        parser = self.parser_class(Adjustments(max_request_body_size=SMALL))
        said = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
        parser.received(f"POST {path} HTTP/1.1\r\nHost: x\r\n{said}\r\n\r\n".encode())
        body = b"x" * size
        parser.received(b"%x\r\n%b\r\n0\r\n\r\n" % (size, body) if chunked else body)
        return parser


def refused(parser: object) -> bool:
    error = getattr(parser, "error", None)
    assert error is None or error.code == 413
    return error is not None


def test_what_a_hub_delivers_may_be_large() -> None:
    sent = Connections()
    for chunked in (False, True):
        assert not refused(sent.send("/websub/token", LARGE - 100, chunked=chunked))
        assert refused(sent.send("/websub/token", LARGE + 100, chunked=chunked))
    assert not refused(sent.send("/websub/token", LARGE))


def test_nothing_else_may() -> None:
    sent = Connections()
    for path in ("/login", "/websub", "/tags/websub/", "//websub/x"):
        assert refused(sent.send(path, SMALL + 100))
        assert refused(sent.send(path, SMALL + 100, chunked=True))
    assert not refused(sent.send("/login", SMALL - 100))


def test_so_many_large_ones_at_once() -> None:
    sent = Connections()
    open_requests = [sent.send("/websub/token", LARGE) for _ in range(MAX_LARGE_REQUESTS)]
    assert not any(refused(parser) for parser in open_requests)
    assert refused(sent.send("/websub/token", LARGE))
    assert not refused(sent.send("/websub/token", SMALL - 100))
    del open_requests[0]
    assert not refused(sent.send("/websub/token", LARGE))
