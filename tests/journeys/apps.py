"""Clients that others wrote: newsboat in a terminal of its own, and what it has stored."""

from __future__ import annotations

import os
import pty
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from flask import Flask
from werkzeug.serving import make_server

NEWSBOAT = os.environ.get("MARSAD_NEWSBOAT", "newsboat")
PATIENCE_S = 60
CTRL_E, DOWN = "\x05", "\x1bOB"


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of an application on loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def eventually(what: Callable[[], object]) -> None:
    """Wait until `what` is true."""
    end = time.monotonic() + PATIENCE_S
    while not what():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)


def google_reader() -> object:
    """The module of the PyPI client, from where `.ci/install-apps` puts it."""
    folder = str(Path(__file__).parents[2] / ".apps")
    if folder not in sys.path:
        sys.path.append(folder)
    import google_reader

    return google_reader


@dataclass(frozen=True)
class StoredItem:
    """An article as newsboat has stored it."""

    title: str
    unread: bool
    feed: str


class Newsboat:
    """newsboat with a home of its own, syncing with a server."""

    def __init__(self, folder: Path, url: str, name: str, password: str) -> None:
        self._folder = folder
        (folder / "config").write_text(
            f'urls-source "feedhq"\nfeedhq-url "{url}"\nfeedhq-login "{name}"\n'
            f'feedhq-password "{password}"\nfeedhq-min-items 100\nfeedhq-flag-star "s"\n'
            "feedhq-show-special-feeds no\nauto-reload no\n",
            "utf-8",
        )
        files = (("-C", "config"), ("-u", "urls"), ("-c", "cache.db"))
        named = (part for flag, file in files for part in (flag, str(folder / file)))
        self._command = [NEWSBOAT, *named]
        self._environment = {
            "HOME": str(folder), "PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8",
        }  # fmt: skip

    def sync(self) -> None:
        """Sign in, and fetch all subscriptions."""
        done = subprocess.run(
            [*self._command, "-x", "reload"], env=self._environment, check=False,
            capture_output=True, timeout=PATIENCE_S, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def items(self) -> list[StoredItem]:
        """What its database holds, by title."""
        with closing(sqlite3.connect(self._folder / "cache.db")) as connection:
            rows = connection.execute(
                "SELECT i.title, i.unread, f.title FROM rss_item i"
                " JOIN rss_feed f ON f.rssurl = i.feedurl ORDER BY i.title"
            )
            return [StoredItem(title, bool(unread), feed) for title, unread, feed in rows]

    def unread(self) -> list[str]:
        """The titles of what is unread."""
        return [item.title for item in self.items() if item.unread]

    @contextmanager
    def open(self) -> Iterator[Callable[[str, str], None]]:
        """Its screen: yields a function that types keys once a text has appeared."""
        process, terminal = pty.fork()
        if process == 0:  # pragma: no cover  # another program from here on
            os.execvpe(NEWSBOAT, self._command, self._environment)
        screen = bytearray()

        def press(awaited: str, keys: str) -> None:
            end = time.monotonic() + PATIENCE_S
            while awaited.encode() not in screen:
                assert time.monotonic() < end, screen.decode(errors="replace")
                if select.select([terminal], [], [], 0.1)[0]:
                    screen.extend(os.read(terminal, 65536))
            screen.clear()
            os.write(terminal, keys.encode())

        try:
            yield press
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(terminal)
