"""Fair play, redirects and statuses."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote_to_bytes

from tests.publisher.documents import rss
from tests.publisher.registry import hostile
from tests.publisher.server import PublisherConnection


@hostile
async def ok(wire: PublisherConnection) -> None:
    await wire.answer(rss(), Content_Type="application/rss+xml", ETag='"v1"')


@hostile
async def conditional(wire: PublisherConnection) -> None:
    if wire.request.headers.get("if-none-match") == '"v1"':
        await wire.answer(b"", "304 Not Modified", ETag='"v1"')
    else:
        await wire.answer(rss(), ETag='"v1"', Last_Modified="Mon, 02 Nov 2026 08:00:00 GMT")


@hostile
async def no_length(wire: PublisherConnection) -> None:
    await wire.send(b"HTTP/1.1 200 OK\r\n\r\n" + rss())


@hostile
async def late(wire: PublisherConnection) -> None:
    await asyncio.sleep(float(wire.request.query.get("s", "20")))
    await wire.answer(rss())


@hostile
async def header(wire: PublisherConnection) -> None:
    """Any one header: ?name=ETag&value=…"""
    await wire.answer(rss(), **{wire.request.query["name"]: wire.request.query["value"]})


# --- redirects ---------------------------------------------------------------------------------


@hostile
async def redirect(wire: PublisherConnection) -> None:
    """To ?to= (percent-encoded bytes are sent as they are) with ?code=."""
    target = unquote_to_bytes(wire.request.target.partition("to=")[2])
    code = wire.request.query.get("code", "302").encode()
    head = b"HTTP/1.1 %b Elsewhere\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n"
    wire.keep_open = True
    await wire.send(head % (code, target))


@hostile
async def a(wire: PublisherConnection) -> None:
    await wire.answer(b"", "302 Found", Location="/hostile/b")


@hostile
async def b(wire: PublisherConnection) -> None:
    await wire.answer(b"", "301 Moved", Location="/hostile/a#again")


@hostile
async def hops(wire: PublisherConnection) -> None:
    """?n= hops, then a good feed."""
    left = int(wire.request.query["n"])
    if left == 0:
        await ok(wire)
    else:
        await wire.answer(b"", "301 Moved", Location=f"/hostile/hops?n={left - 1}")


@hostile
async def growing(wire: PublisherConnection) -> None:
    await wire.answer(b"", "302 Found", Location=f"{wire.request.target}?more=1"[-4_000:])


@hostile
async def permanent_then_temporary(wire: PublisherConnection) -> None:
    await wire.answer(b"", "301 Moved", Location="/hostile/temporary-then-permanent")


@hostile
async def temporary_then_permanent(wire: PublisherConnection) -> None:
    await wire.answer(b"", "302 Found", Location="/hostile/moved")


@hostile
async def moved(wire: PublisherConnection) -> None:
    await wire.answer(b"", "308 Permanent", Location="/hostile/ok")


@hostile
async def nowhere(wire: PublisherConnection) -> None:
    await wire.answer(b"", "302 Found")


@hostile
async def meta_refresh(wire: PublisherConnection) -> None:
    page = b'<html><meta http-equiv="refresh" content="0;url=/hostile/ok"></html>'
    await wire.answer(page, Content_Type="text/html", Refresh="0;url=/hostile/ok")


@hostile
async def cookie_wall(wire: PublisherConnection) -> None:
    """The feed for whoever brings back the cookie that the redirect sets; ?to= by way of there."""
    if "seen=1" in wire.request.headers.get("cookie", ""):
        await ok(wire)
    else:
        target = wire.request.query.get("to", "/hostile/cookie-wall")
        code = wire.request.query.get("code", "302")
        cookie = "seen=1; Path=/; Max-Age=60; HttpOnly"
        await wire.answer(b"", f"{code} Found", Location=target, Set_Cookie=cookie)


@hostile
async def new_cookie_each_time(wire: PublisherConnection) -> None:
    await wire.answer(b"", "302 Found", Location=wire.request.target, Set_Cookie=f"n={wire.visit}")


# --- statuses ----------------------------------------------------------------------------------


@hostile
async def status(wire: PublisherConnection) -> None:
    """?code=, ?reason=, ?after= (Retry-After), ?date= (Date)."""
    query = wire.request.query
    named = {"after": "Retry_After", "date": "Date"}
    headers = {header: query[name] for name, header in named.items() if name in query}
    body = b"" if query["code"] in ("204", "304") else b"<b>why</b>"
    await wire.answer(body, f"{query['code']} {query.get('reason', 'Status')}", **headers)
