"""How soon a phone shows what matters: the largest contentful paint of the front page and an entry.

    python -m benchmarks.first_view

See README.md in this folder.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import click
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, literal, select, update

from aggregator.storage.engine import Database
from aggregator.storage.models import Entry
from benchmarks.readers_rows import Size
from benchmarks.readers_site import Site, running

PHONE = {"width": 390, "height": 844}
# The mobile profile of Lighthouse: a processor four times slower, "slow 4G".
CPU_SLOWDOWN = 4
BYTES_PER_S = 1_600_000 // 8
LATENCY_MS = 150
# Maximum largest contentful paint in ms, by page.
TARGETS = {"front page": 2000, "entry": 1500}
_SIZE = Size(entries=3000, sources=20, readers=3, seed=1)
_WATCH = """
window.paints = []; window.shift = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) window.paints.push([each.startTime, each.element?.tagName]);
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) window.shift += each.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@dataclass(frozen=True)
class View:
    """One load with an empty cache: the largest paint in ms, its element, the layout shift."""

    lcp: float
    element: str
    shift: float


def picture(kilobytes: int) -> bytes:
    """A PNG of about that size: as many rows of noise as it takes, grey below."""
    width, height = 800, 450
    noise = random.Random("picture")
    noisy = min(height, kilobytes * 1000 // width)
    grey = b"\x80" * width
    rows = [b"\0" + (noise.randbytes(width) if y < noisy else grey) for y in range(height)]
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


@contextmanager
def picture_server(kilobytes: int) -> Iterator[str]:
    """The address of a server of pictures on loopback."""
    body = picture(kilobytes)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name)
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def show_pictures(site: Site, pictures: str) -> int:
    """Have all pictures come from that server; the id of an entry with one."""
    database = Database(site.url)
    address = literal(f"{pictures}/").concat(func.cast(Entry.id, Entry.title.type)).concat(".png")
    with database.write() as session:
        with_one = Entry.image_url.is_not(None)
        session.execute(update(Entry).where(with_one).values(image_url=address))
        entry = session.execute(select(func.max(Entry.id)).where(with_one)).scalar_one()
    database.close()
    return int(entry)


def load(browser: Browser, address: str) -> View:
    """Load a page as a phone on a slow network."""
    context = browser.new_context(viewport=PHONE, device_scale_factor=2)
    try:
        page = context.new_page()
        client = context.new_cdp_session(page)
        client.send("Network.enable")
        network = {
            "offline": False, "latency": LATENCY_MS,
            "downloadThroughput": BYTES_PER_S, "uploadThroughput": BYTES_PER_S,
        }  # fmt: skip
        client.send("Network.emulateNetworkConditions", network)
        client.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
        page.add_init_script(_WATCH)
        page.goto(address, wait_until="networkidle")
        paints = page.evaluate("window.paints")
        at, element = paints[-1]
        return View(at, element or "", page.evaluate("window.shift"))
    finally:
        context.close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window."""
    found = filter(None, map(shutil.which, ("chromium-headless-shell", "chromium")))
    program = os.environ.get("MARSAD_CHROMIUM") or next(found, None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def _measure(site: Site, kilobytes: int, repeat: int) -> dict[str, list[View]]:
    with picture_server(kilobytes) as pictures, chromium() as browser:
        entry = show_pictures(site, pictures)
        root = f"http://127.0.0.1:{site.port}"
        addresses = {"front page": f"{root}/", "entry": f"{root}/entries/{entry}"}
        load(browser, addresses["front page"])  # the server's own caches
        views: dict[str, list[View]] = {name: [] for name in addresses}
        for _ in range(repeat):
            for name, address in addresses.items():
                views[name].append(load(browser, address))
        return views


def _table(views: dict[str, list[View]]) -> Table:
    shown = Table(title="Largest contentful paint", title_justify="left")
    for heading in ("page", "median ms", "slowest ms", "target ms", "element", "layout shift"):
        shown.add_column(heading, justify="left" if heading in ("page", "element") else "right")
    for name, found in views.items():
        times = [view.lcp for view in found]
        shown.add_row(
            name, f"{median(times):.0f}", f"{max(times):.0f}", str(TARGETS[name]),
            found[-1].element, f"{max(view.shift for view in found):.3f}",
        )  # fmt: skip
    return shown


def _missed(views: dict[str, Sequence[View]]) -> list[str]:
    return [
        name for name, found in views.items() if median(view.lcp for view in found) > TARGETS[name]
    ]


@click.command()
@click.option("--picture-kb", default=80, show_default=True, help="Size of each picture.")
@click.option("--repeat", default=5, show_default=True, help="Loads of each page.")
def main(picture_kb: int, repeat: int) -> None:
    """Load pages as a phone does, each with an empty cache."""
    with (
        TemporaryDirectory(prefix="marsad-benchmark-") as folder,
        running("sqlite", Path(folder), _SIZE) as site,
    ):
        views = _measure(site, picture_kb, repeat)
    Console(highlight=False).print(_table(views))
    if missed := _missed(dict(views)):
        raise click.ClickException(f"above the target: {', '.join(missed)}")


if __name__ == "__main__":
    main()
