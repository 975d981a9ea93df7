"""How the web servers behave towards slow, greedy and vanishing clients, and when they stop.

python -m benchmarks.web_behaviour
"""

import http.client
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks.measure import BenchmarkError
from benchmarks.systems import environment
from benchmarks.web_candidates import CANDIDATES, Candidate
from benchmarks.web_ports import free_port, is_responding
from benchmarks.web_servers import bench

_ROOT = Path(__file__).resolve().parent.parent
_PATIENCE_S = 30.0
_HEAD = b"Host: marsad.example\r\n"


class Server:
    """A running candidate and what it wrote on its standard error."""

    def __init__(self, candidate: Candidate, config: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.web_candidates"),
                *(candidate.name, str(config), str(self.port)),
            ],
            cwd=_ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_until_ready(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + _PATIENCE_S
        while not is_responding(self.port):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise BenchmarkError("the server did not start")
            time.sleep(0.05)

    def stop(self) -> str:
        """Send SIGTERM; how it ended."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            return f"still there after {_PATIENCE_S:.0f} s"
        return f"{time.monotonic() - started:.1f} s, status {status}"

    def log_lines(self) -> int:
        """Lines that it has written; only once it has ended."""
        assert self.process.stdout is not None
        return len(self.process.stdout.read().splitlines())

    def connect(self) -> socket.socket:
        """A new connection."""
        return socket.create_connection(("127.0.0.1", self.port), _PATIENCE_S)

    def ask(self, data: bytes) -> str:
        """The first line of the answer to raw bytes, and its body when it is short."""
        with self.connect() as connection:
            with suppress(OSError):  # it may have answered and closed already
                connection.sendall(data)
            try:
                answer = connection.recv(65536)
            except OSError as error:
                return type(error).__name__
        head, _, body = answer.partition(b"\r\n\r\n")
        said = head.decode("latin-1").splitlines()[:1] or ["closed"]
        if len(body) < 100:
            said.append(body.decode("latin-1"))
        return " ".join(said)

    def other_client_latency(self) -> str:
        """How long another client waits meanwhile."""
        started = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            return f"no answer in {_PATIENCE_S:.0f} s"
        finally:
            connection.close()
        return f"{time.monotonic() - started:.2f} s"


def idle(server: Server) -> str:
    """100 connections that send nothing."""
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(server.connect())
        time.sleep(0.5)
        return server.other_client_latency()


def slow_headers(server: Server) -> str:
    """20 clients that never finish their headers."""
    return _dripping(server, b"GET /healthz HTTP/1.1\r\n" + _HEAD + b"X-Slow: ")


def slow_bodies(server: Server) -> str:
    """20 clients that never finish their form."""
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"
    return _dripping(server, b"POST /login HTTP/1.1\r\n" + _HEAD + form)


def slow_readers(server: Server) -> str:
    """20 clients that ask for 8 MB and read nothing."""
    return _dripping(server, b"GET /big HTTP/1.1\r\n" + _HEAD + b"\r\n")


def crowd(server: Server) -> str:
    """820 clients that never finish their headers."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4096), most))
    return _dripping(server, b"GET /healthz HTTP/1.1\r\n" + _HEAD + b"X-Slow: ", 820)


def _dripping(server: Server, beginning: bytes, count: int = 20) -> str:
    with ExitStack() as stack:
        clients = [stack.enter_context(server.connect()) for _ in range(count)]
        for client in clients:
            client.sendall(beginning)
        with _drip(clients):
            time.sleep(2)
            return server.other_client_latency()


@contextmanager
def _drip(clients: Sequence[socket.socket]) -> Iterator[None]:
    """Send a byte a second from each client while the block runs."""
    stop = threading.Event()

    def send() -> None:
        while not stop.wait(1):
            for client in clients:
                try:
                    client.send(b"a")
                except OSError:
                    continue

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def big_headers(server: Server) -> str:
    """1 MB of headers."""
    line = b"X-Big: " + b"a" * 4000 + b"\r\n"
    return server.ask(b"GET /healthz HTTP/1.1\r\n" + _HEAD + line * 250 + b"\r\n")


def big_body(server: Server) -> str:
    """A form of 4 MB."""
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 4000000\r\n\r\n"
    return server.ask(b"POST /login HTTP/1.1\r\n" + _HEAD + form + b"a" * 4_000_000)


def garbage(server: Server) -> str:
    """Bytes that are not HTTP."""
    return server.ask(b"\x16\x03\x01 hello\r\n\r\n")


def head(server: Server) -> str:
    """HEAD of a page."""
    return server.ask(b"HEAD / HTTP/1.1\r\n" + _HEAD + b"\r\n")


def forwarded(server: Server) -> str:
    """Scheme, address, X-Forwarded-For, Forwarded as the application sees them."""
    lines = (
        b"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nForwarded: for=192.0.2.2\r\n"
    )
    return server.ask(b"GET /echo HTTP/1.1\r\n" + _HEAD + lines + b"\r\n")


def port_taken(candidate: Candidate, config: Path) -> str:
    """Started on a port that is taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        started = time.monotonic()
        server = Server(candidate, config, taken.getsockname()[1])
        try:
            status: object = server.process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            server.process.kill()
            status = "none, killed"
    took = time.monotonic() - started
    return f"{took:.1f} s, status {status}, {server.log_lines()} lines"


def in_flight(candidate: Candidate, config: Path) -> str:
    """SIGTERM while a request is answered, over 20 idle and 5 slow connections."""
    server = Server(candidate, config)
    server.wait_until_ready()
    said: list[str] = []

    def ask_slowly() -> None:
        said.append(server.ask(b"GET /slow?2 HTTP/1.1\r\n" + _HEAD + b"\r\n"))

    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(server.connect())
        for _ in range(5):
            stack.enter_context(server.connect()).sendall(b"GET / HTTP/1.1\r\nX-Slow:")
        asking = threading.Thread(target=ask_slowly)
        asking.start()
        time.sleep(1)
        stopped = server.stop()
        server.process.kill()
        asking.join()
    return f"{stopped}; answer {said[0]}"


def vanishing(candidate: Candidate, config: Path) -> str:
    """100 clients that send a request and vanish: lines in the log."""
    server = Server(candidate, config)
    server.wait_until_ready()
    for path in (b"/", b"/big") * 50:
        with server.connect() as client:
            client.sendall(b"GET " + path + b" HTTP/1.1\r\n" + _HEAD + b"\r\n")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    patience = server.other_client_latency()
    server.stop()
    server.process.kill()
    return f"{server.log_lines()} lines; next client {patience}"


_ON_RUNNING: Sequence[Callable[[Server], str]] = (
    idle,
    slow_headers,
    slow_bodies,
    slow_readers,
    crowd,
    big_headers,
    big_body,
    garbage,
    head,
    forwarded,
)
_ON_OWN: Sequence[Callable[[Candidate, Path], str]] = (port_taken, in_flight, vanishing)


def behaviour(candidate: Candidate, config: Path) -> Iterator[tuple[str, str]]:
    """Every check (its description) with what was seen; a fresh server for each."""
    for check in _ON_RUNNING:
        server = Server(candidate, config)
        try:
            server.wait_until_ready()
            yield check.__doc__ or "", check(server)
        finally:
            server.stop()
            server.process.kill()
    for alone in _ON_OWN:
        yield alone.__doc__ or "", alone(candidate, config)


@click.command()
@click.option("--only", multiple=True, metavar="WORD", help="Servers with WORD in their name.")
def main(only: tuple[str, ...]) -> None:
    """Check how web servers behave."""
    chosen = [
        c for c in CANDIDATES if c.is_installed() and (not only or any(w in c.name for w in only))
    ]
    table = Table("Check", *(candidate.name for candidate in chosen), show_lines=True)
    with bench(200, polling=False) as filled:
        columns: list[dict[str, str]] = []
        for candidate in chosen:
            columns.append({})
            for check, seen in behaviour(candidate, filled.config):
                columns[-1][check] = seen
                click.echo(f"{candidate.name}: {check} {seen}", err=True)
    for check in columns[0]:
        table.add_row(check, *(column[check] for column in columns))
    Console(width=170).print(table)


if __name__ == "__main__":
    main()
