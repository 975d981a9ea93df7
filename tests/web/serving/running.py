"""Web servers as processes: `marsad web`, or the server with an application of the tests."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

HOST = "127.0.0.1"
# Twenty times the usual duration, for a busy machine.
SECONDS = 60
# The supervisor kills after this time.
STOP_S = 10
# An application of which the tests know how long it takes, behind the real server.
SCRIPT = """
import os, signal, socket, sys, threading, time
from web.serving.connections import ConnectionLimits
from web.serving.server import serve_app

def app(environ, start_response):
    path = environ["PATH_INFO"]
    body = b"x" * 20_000_000 if path == "/big" else b"whole"
    start_response("200 OK", [("Content-Length", str(len(body)))])
    if path == "/slow":
        print("begun", flush=True)
        time.sleep(2)
    if path == "/hold":
        time.sleep(60)
    if path == "/stop":
        threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGTERM)).start()
    return [body]

serve_app(
    app,
    socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1000),
    limits=ConnectionLimits(**eval(sys.argv[2])),
)
"""


class Running:
    """A server process on a port."""

    def __init__(self, arguments: list[str], port: int, host: str = HOST) -> None:
        self.port = port
        self.host = host
        self.process = subprocess.Popen(
            arguments,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={k: v for k, v in os.environ.items() if not k.startswith("MARSAD_")},
        )

    def wait_until_ready(self) -> None:
        until = time.monotonic() + SECONDS
        while not self.accepts():
            assert self.process.poll() is None, self.errors()
            assert time.monotonic() < until
            time.sleep(0.05)

    def accepts(self) -> bool:
        try:
            self.connect().close()
        except ConnectionError:
            return False
        return True

    def connect(self) -> socket.socket:
        return socket.create_connection((self.host, self.port), SECONDS)

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and body."""
        with closing(http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)) as asking:
            asking.request("GET", path, headers=headers)
            answer = asking.getresponse()
            return answer.status, answer.read()

    def send(self, data: bytes) -> socket.socket:
        connection = self.connect()
        connection.sendall(data)
        return connection

    def first_line(self, data: bytes) -> bytes:
        """Of the answer to raw bytes; as soon as it comes."""
        with self.connect() as connection:
            with suppress(OSError):  # it may have answered already and want no more
                connection.sendall(data)
            return connection.recv(4096).partition(b"\r\n")[0]

    def stop(self) -> int:
        """SIGTERM; the exit status, which has to come in time."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_S)

    def errors(self) -> str:
        """What it said; only once it has ended."""
        return self.process.communicate(timeout=SECONDS)[1]


def configured(folder: Path, port: int, host: str = HOST, more: str = "") -> Running:
    """`marsad web` with a database of its own; `more` settings of its section."""
    config = folder / "config.toml"
    config.write_text(
        f'[database]\nurl = "sqlite:///{folder / "marsad.db"}"\n'
        f'[web]\nhost = "{host}"\nport = {port}\n{more}\n'
    )
    command = [sys.executable, "-m", "aggregator", "--config", str(config), "web"]
    return Running(command, port, host)


def free_port(host: str = HOST) -> int:
    """A port that nothing listens on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
