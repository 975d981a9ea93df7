"""The package: built from a checkout, installed elsewhere, run without the checkout.

The virtual environment of these tests holds nothing but Marsad, and sees the dependencies of the
one that runs them. To have them installed from the package index, as for anyone else (a minute):

    MARSAD_TEST_DEPENDENCIES=index pytest tests/test_package.py
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import sysconfig
import tarfile
import time
import venv
import zipfile
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
# Many times what it takes: the machine may be busy.
TIMEOUT_S = 120
FROM_INDEX = os.environ.get("MARSAD_TEST_DEPENDENCIES") == "index"
# What a package needs beside its code; each kind has its own way of being forgotten.
DATA = (
    "aggregator/config.example.toml",
    "aggregator/storage/migrations/versions/0001_the_first_tables.py",
    "aggregator/text/data/names.txt",
    "aggregator/py.typed",
    "web/templates/base.html",
    "web/locale/ar/LC_MESSAGES/messages.po",
    "web/static/css/marsad.css",
    "web/static/js/app.js",
)


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source archive of this checkout, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    build(ROOT, "sdist", folder)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source archive: what that leaves out, the wheel cannot have."""
    folder = tmp_path_factory.mktemp("wheel")
    build(sdist, "wheel", folder)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def marsad(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an installed Marsad."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", f"--python={python}", "--quiet", "install"]
    if FROM_INDEX:
        run(*pip, str(wheel))
    else:
        run(*pip, "--no-deps", "--no-index", str(wheel))
        (site,) = folder.glob("lib/python*/site-packages")
        # A path, not a site directory: no editable install there takes effect.
        (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "marsad"


def build(source: Path, kind: str, target: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target), cwd=source)


def run(*command: str, cwd: Path | None = None) -> str:
    """What a command prints; it must succeed and sees nothing of the checkout."""
    done = subprocess.run(
        command, cwd=cwd, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MARSAD_")}
    kept.pop("PYTHONPATH", None)
    return kept


# --- what is in it --------------------------------------------------------------------------------


def test_the_wheel_has_all_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    assert [name for name in DATA if name not in names] == []
    files = {path for top in ("aggregator", "web", "templates") for path in (ROOT / top).rglob("*")}
    present = {str(path.relative_to(ROOT)) for path in files if path.is_file()}
    wanted = {name for name in present if not name.endswith((".pyc", ".DS_Store"))}
    assert {re.sub("^templates/", "web/templates/", name) for name in wanted} - names == set()


def test_the_wheel_has_the_typefaces_of_the_checkout(wheel: Path) -> None:
    made = {f"web/fonts/{path.name}" for path in (ROOT / "web" / "fonts").glob("*")}
    assert made, "this checkout has no typefaces, so its wheel has none: make fonts"
    with zipfile.ZipFile(wheel) as packed:
        assert made - set(packed.namelist()) == set()


def test_the_licences_come_along(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = [name.rpartition("/")[2] for name in packed.namelist() if "/licenses/" in name]
    assert sorted(names) == ["LICENSE", "NOTICE"]


def test_the_source_archive_has_what_the_tests_need(sdist: Path) -> None:
    for name in ("Makefile", "tests/conftest.py", "benchmarks", "docs", ".ci/run", "templates"):
        assert (sdist / name).exists(), name
    assert not (sdist / ".venv").exists()


def test_the_source_archive_has_what_an_installation_needs(sdist: Path) -> None:
    for name in ("Containerfile", ".dockerignore", ".ci/install-fonts", "compose.yaml", "deploy"):
        assert (sdist / name).exists(), name


# --- running it -----------------------------------------------------------------------------------


def test_without_a_config_it_says_what_to_do(marsad: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [marsad, "run"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "marsad init" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_example_config_is_valid(marsad: Path, tmp_path: Path) -> None:
    run(str(marsad), "init", cwd=tmp_path)
    assert (tmp_path / "config.toml").read_text("utf-8") == (
        ROOT / "config.example.toml"
    ).read_text("utf-8")
    assert "config.toml is valid" in run(str(marsad), "check-config", cwd=tmp_path)


@pytest.fixture
def site(marsad: Path, tmp_path: Path) -> Iterator[str]:
    """The address of an installed site, started in a folder of its own; nothing is polled."""
    port = free_port()
    (tmp_path / "config.toml").write_text(f"[web]\nport = {port}\n")
    with subprocess.Popen([marsad, "web"], cwd=tmp_path, env=environment()) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/readyz", process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            get(url)
        except (OSError, HTTPException):
            assert process.poll() is None, f"it ended with status {process.returncode}"
            assert time.monotonic() < deadline, "it does not answer"
            time.sleep(0.1)
        else:
            return


def get(url: str, language: str = "ar") -> tuple[str, bytes]:
    """Content type and body."""
    with urlopen(Request(url, headers={"Accept-Language": language}), timeout=TIMEOUT_S) as answer:
        return answer.headers["Content-Type"], answer.read()


def test_it_serves_pages_in_all_languages_styles_and_scripts(site: str) -> None:
    pages = {language: get(site, language)[1].decode() for language in ("ar", "fr", "en")}
    assert "مرصد" in pages["ar"]
    assert '<html lang="ar" dir="rtl"' in pages["ar"]
    assert "Se connecter" in pages["fr"]
    assert "Sign in" in pages["en"]
    styles = re.findall(r'<link rel="?stylesheet"? href="?([^"> ]+)', pages["ar"])
    scripts = re.findall(r'<script[^>]* src="?([^"> ]+)', pages["ar"])
    assert styles
    assert scripts
    for address in styles:
        kind, body = get(site + address)
        assert kind.startswith("text/css")
        assert len(body) > 1000
    for address in scripts:
        kind, body = get(site + address)
        assert "javascript" in kind
        assert body


def test_it_runs_from_its_own_files(marsad: Path, tmp_path: Path) -> None:
    python = marsad.with_name("python")
    code = "import aggregator, web; print(aggregator.__file__); print(web.__file__)"
    for path in run(str(python), "-c", code, cwd=tmp_path).split():
        assert Path(path).is_relative_to(marsad.parents[1])
