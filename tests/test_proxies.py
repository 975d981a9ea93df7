"""The examples for Caddy and nginx: read by these programs, and requests that go through them."""

from __future__ import annotations

import getpass
import http.client
import os
import shutil
import signal
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from tests.journeys.pollers import TIMEOUT_S, wait_until
from tests.web.serving.running import Running, configured, free_port

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
FETCHED = ROOT / ".apps" / "servers" / "usr"
HOST = "localhost"
# What a visitor sends who would like to be somebody else.
FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "evil.example",
    "Remote-User": "chaimae",
    "Remote-Groups": "operators",
}


class Upstream(BaseHTTPRequestHandler):
    """Remembers what it was sent."""

    headers_seen: ClassVar[list[dict[str, str]]]
    paths: ClassVar[list[str]]

    def do_GET(self) -> None:
        self.headers_seen.append({name.lower(): value for name, value in self.headers.items()})
        self.paths.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.send_header("Cache-Control", "public, max-age=60")
        self.end_headers()
        self.wfile.write(b"whole")

    def do_POST(self) -> None:
        with suppress(OSError):  # the proxy breaks off what is too large
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture
def upstream() -> Iterator[type[Upstream]]:
    class Recording(Upstream):
        headers_seen: ClassVar[list[dict[str, str]]] = []
        paths: ClassVar[list[str]] = []
        port = 0

    with ThreadingHTTPServer(("127.0.0.1", 0), Recording) as server:
        Recording.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Recording
        server.shutdown()
        thread.join()


class Proxy:
    """A proxy with one of the examples, on ports of its own."""

    def __init__(self, command: list[str], folder: Path, http_port: int, https_port: int) -> None:
        self.http_port = http_port
        self.https_port = https_port
        self.log = folder / "proxy.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                cwd=folder,
                env={"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_DATA_HOME": str(folder)},
            )

    def is_up(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            self.request("/up")
        except OSError:
            return False
        return True

    def request(
        self, path: str, method: str = "GET", body: bytes = b"", **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """The answer over TLS."""
        anyone = ssl._create_unverified_context()
        with closing(
            http.client.HTTPSConnection(HOST, self.https_port, timeout=TIMEOUT_S, context=anyone)
        ) as asking:
            asking.request(method, path, body or None, headers)
            answer = asking.getresponse()
            return answer, answer.read()

    def redirect(self, path: str) -> tuple[int, str]:
        """Status and target of a request without TLS."""
        with closing(http.client.HTTPConnection(HOST, self.http_port, timeout=TIMEOUT_S)) as asking:
            asking.request("GET", path)
            answer = asking.getresponse()
            return answer.status, answer.headers["Location"]


Start = Callable[[str, int], Proxy]


def find_program(name: str) -> str:
    """Its path: that of the machine's own, or of the one that was fetched for the tests."""
    fetched = (str(FETCHED / folder) for folder in ("bin", "sbin"))
    path = os.pathsep.join((os.environ["PATH"], "/usr/sbin", *fetched))
    return shutil.which(name, path=path) or pytest.fail(
        f"no {name}: .ci/install-servers fetches it"
    )


@pytest.fixture(params=["caddy", "nginx"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Start a proxy: at the root or below a path, in front of a port."""
    program = find_program(request.param)
    running: list[Proxy] = []

    def begin(where: str, port: int) -> Proxy:
        make = start_caddy if request.param == "caddy" else start_nginx
        folder = tmp_path / request.param
        folder.mkdir()
        running.append(make(program, folder, where, port))
        wait_until(running[-1].is_up)
        return running[-1]

    yield begin
    for proxy in running:
        proxy.process.send_signal(signal.SIGTERM)
        proxy.process.wait(TIMEOUT_S)


def start_caddy(program: str, folder: Path, where: str, port: int) -> Proxy:
    """Caddy as in the example, with a certificate of its own making."""
    ports = free_port(), free_port()
    shutil.copytree(DEPLOY / "caddy", folder, dirs_exist_ok=True)
    file = folder / ("Caddyfile" if where == "root" else "Caddyfile.subpath")
    options = (
        f"{{\nskip_install_trust\nadmin off\nhttp_port {ports[0]}\nhttps_port {ports[1]}\n}}\n"
    )
    text = file.read_text("utf-8").replace("{$MARSAD_UPSTREAM:127.0.0.1:8000}", f"127.0.0.1:{port}")
    file.write_text(options + text)
    command = [program, "run", "--adapter", "caddyfile", "--config", str(file)]
    return Proxy(command, folder, *ports)


def start_nginx(program: str, folder: Path, where: str, port: int) -> Proxy:
    """nginx as in the example, in a folder of its own, with the ports and paths of this test."""
    ports = free_port(), free_port()
    certificate, key = self_signed(folder)
    (folder / "snippets").mkdir()
    shutil.copy(DEPLOY / "nginx" / "marsad-proxy.conf", folder / "snippets")
    site = (DEPLOY / "nginx" / "marsad.conf").read_text("utf-8")
    for old, new in {
        "127.0.0.1:8000": f"127.0.0.1:{port}",
        "listen [::]:80;": "",
        "listen [::]:443 ssl http2;": "",
        "listen 80": f"listen 127.0.0.1:{ports[0]}",
        "listen 443 ssl http2": f"listen 127.0.0.1:{ports[1]} ssl http2",
        "https://$host$": f"https://$host:{ports[1]}$",
        "news.example.org;": f"{HOST};",
        "/etc/letsencrypt/live/news.example.org/fullchain.pem": str(certificate),
        "/etc/letsencrypt/live/news.example.org/privkey.pem": str(key),
        "/var/cache/nginx-marsad": f"{folder}/cache",
    }.items():
        assert old in site, old
        site = site.replace(old, new)
    if where != "root":
        (folder / "sub.conf").write_text(
            (DEPLOY / "nginx" / "marsad-subpath.conf")
            .read_text("utf-8")
            .replace("127.0.0.1:8000", f"127.0.0.1:{port}")
        )
        site = site.replace("    location / {", "    include sub.conf;\n    location /up {")
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"user {getpass.getuser()};\n"
        f"daemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{site}\n}}\n"
    )
    return Proxy([program, "-p", str(folder), "-c", str(main)], folder, *ports)


def self_signed(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            *"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1".split(),
            *("-nodes", "-days", "2", "-subj", f"/CN={HOST}", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


# --- the tests ------------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Callable[[str], Running]]:
    """A running Marsad that trusts the proxy."""
    running: list[Running] = []

    def begin(base_url: str) -> Running:
        more = f'base_url = "{base_url}"\ntrusted_proxies = ["127.0.0.1"]'
        running.append(configured(tmp_path, free_port(), more=more))
        running[-1].wait_until_ready()
        return running[-1]

    yield begin
    for server in running:
        server.process.kill()
        server.process.communicate()


def test_a_page_comes_over_tls(start: Start, site: Callable[[str], Running]) -> None:
    proxy = start("root", site("https://localhost").port)
    answer, body = proxy.request("/", **FORGED)
    assert answer.status == 200
    assert b"<html" in body
    assert b"evil.example" not in body
    # Marsad has heard that the visitor came by https.
    assert answer.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"]
    status, target = proxy.redirect("/search?q=x")
    assert status in {301, 308}
    # Caddy takes its port for the one that is never written.
    assert target.replace(f":{proxy.https_port}", "") == f"https://{HOST}/search?q=x"


def test_a_page_comes_below_a_path(start: Start, site: Callable[[str], Running]) -> None:
    proxy = start("below", site("https://localhost/news").port)
    answer, body = proxy.request("/news/")
    assert answer.status == 200
    assert b'href="/news/' in body.replace(b"href=/", b'href="/')
    answer, _ = proxy.request("/news")
    assert (answer.status, answer.headers["Location"].removeprefix("https://")) in {
        (302, "/news/"),
        (301, f"{HOST}:{proxy.https_port}/news/"),
    }


def test_the_upstream_hears_who_asks(start: Start, upstream: type[Upstream]) -> None:
    proxy = start("root", upstream.port)
    upstream.headers_seen.clear()
    proxy.request("/entries/1?x=%20y", **FORGED)
    (seen,) = upstream.headers_seen
    assert upstream.paths[-1] == "/entries/1?x=%20y"
    assert seen["x-forwarded-for"].rpartition(", ")[2] == "127.0.0.1"
    assert seen["x-forwarded-proto"] == "https"
    assert seen["x-forwarded-host"].startswith(HOST)
    assert seen["host"].startswith(HOST)
    assert len(seen["x-request-id"]) >= 32
    assert not {"remote-user", "remote-groups"} & set(seen)


def test_what_is_too_large_is_refused(start: Start, upstream: type[Upstream]) -> None:
    proxy = start("root", upstream.port)
    assert proxy.request("/x", "POST", bytes(10_000_000))[0].status == 200
    try:
        answer, _ = proxy.request("/x", "POST", bytes(13_000_000))
    except OSError:
        pass  # it has refused and does not read to the end
    else:
        assert answer.status in {413, 502}  # 502: Caddy breaks off what it sends on


def test_nginx_can_make_the_folder_of_its_cache() -> None:
    """It makes the last folder of the path alone, and Debian's has no /var/cache/nginx."""
    site = (DEPLOY / "nginx" / "marsad.conf").read_text("utf-8")
    (line,) = [each for each in site.splitlines() if each.startswith("proxy_cache_path ")]
    assert Path(line.split()[1]).parent == Path("/var/cache")


def test_nginx_keeps_assets(upstream: type[Upstream], tmp_path: Path) -> None:
    proxy = start_nginx(find_program("nginx"), tmp_path, "root", upstream.port)
    try:
        wait_until(proxy.is_up)
        for path in ("/styles/app.css", "/entries/1"):
            upstream.paths.clear()
            for _ in range(3):
                assert proxy.request(path)[1] == b"whole"
            assert len(upstream.paths) == (1 if path.startswith("/styles") else 3)
    finally:
        proxy.process.terminate()
        proxy.process.wait(TIMEOUT_S)
