"""What runs in a reader's browser: one file per kind of page and language, and the worker.

The modules in `static/js` are ordinary ES modules. For a page they are joined into one file, so
that a first view takes one request: each becomes a function that is called once and gives what it
exports; `import` lines are checked and left out, as are comments and indents. In front stand the
sentences that the modules say, as `words["key of the catalogue"]`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for

from web.request.i18n import LANGUAGES, current_language

FOLDER = Path(__file__).parents[1] / "static" / "js"
COMMON_MODULES = ("queue", "page", "app", "keyboard")
BUNDLES: Mapping[str, tuple[str, ...]] = {
    "plain": (*COMMON_MODULES, "follow", "places"),
    "list": (*COMMON_MODULES, *"seen list scroll swipe listswipe fresh follow places".split()),
    "entry": (*COMMON_MODULES, "seen", "swipe", "entry", "tags", "places"),
    "desk": (*COMMON_MODULES, "desk", "places"),
    "offline": (*COMMON_MODULES, "shelf", "places"),
}
"""Kind of page -> its modules; each imports only from those before it."""

WORKER_POLICY = "default-src 'none'; connect-src 'self'"
"""The worker fetches our own pages and files, and nothing else."""

MESSAGE_REFERENCE = re.compile(r'words\["([a-z_.]+)"\]')
_IMPORT = re.compile(r'^import \{ ([^}]*) \} from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function) (\w+))", re.MULTILINE)
_BARE = re.compile(r"^\s*(?://.*\n)?", re.MULTILINE)
_IMMUTABLE = f"public, max-age={int(timedelta(days=365).total_seconds())}, immutable"

blueprint = Blueprint("scripts", __name__)


class Script(NamedTuple):
    """A file as it is served, and the short name of its content."""

    text: str
    version: str


class Scripts:
    """Every script, put together once when the application starts."""

    def __init__(self, translate: Callable[[str, str], str]) -> None:
        """`translate`: language and key -> sentence."""
        self._bundles = {
            (kind, language): _script(
                _messages_constant(kind, language, translate) + bundle_modules(modules)
            )
            for kind, modules in BUNDLES.items()
            for language in LANGUAGES
        }
        versions = "".join(script.version for script in self._bundles.values())
        self._worker = f"// {_version(versions)}\n{minify(module_source('sw'))}"

    def bundle(self, kind: str, language: str) -> Script | None:
        """The script of a kind of page in a language; None where there is no such thing."""
        return self._bundles.get((kind, language))

    @property
    def worker(self) -> str:
        """The service worker; it changes with the scripts, so that browsers take it anew."""
        return self._worker


@blueprint.get("/scripts/<kind>.<language>.js")
def bundle(kind: str, language: str) -> Response:
    """The script of a kind of page; its address names its content, so it may be kept for ever."""
    found = _scripts().bundle(kind, language)
    if found is None:
        abort(404)
    response = Response(found.text, mimetype="text/javascript")
    fresh = request.args.get("v") == found.version
    response.headers["Cache-Control"] = _IMMUTABLE if fresh else "no-cache"
    return response


@blueprint.get("/sw.js")
def worker() -> Response:
    """The service worker of the whole site."""
    response = Response(_scripts().worker, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = WORKER_POLICY
    return response


def script_url(kind: str) -> str:
    """The address of the one script of a page: "list", "entry" or "plain"."""
    language = current_language()
    found = _scripts().bundle(kind, language)
    if found is None:
        raise KeyError(kind)
    return url_for("scripts.bundle", kind=kind, language=language, v=found.version)


def init_app(app: Flask) -> None:
    """Put the scripts together and tell templates where they are."""
    app.extensions["marsad_scripts"] = Scripts(app.extensions["marsad_catalogues"].text)
    app.jinja_env.globals["script"] = script_url
    app.register_blueprint(blueprint)


@cache
def bundle_modules(names: tuple[str, ...]) -> str:
    """Modules as one. Raises ValueError where one imports what none before it exports."""
    offered: dict[str, set[str]] = {}
    parts = []
    for name in names:
        text = module_source(name)
        for wanted, place in _IMPORT.findall(text):
            missing = set(wanted.split(", ")) - offered.get(place, set())
            if missing:
                raise ValueError(f"{name}.js: {place}.js before it does not export {missing}")
        exports = _EXPORT.findall(text)
        offered[name] = set(exports)
        parts.append(_wrap_module(minify(_EXPORT.sub("", _IMPORT.sub("", text))), exports))
    return "".join(parts)


def _wrap_module(body: str, exports: list[str]) -> str:
    if not exports:
        return f"{{\n{body}}}\n"
    names = f"{{ {', '.join(exports)} }}"
    return f"const {names} = (() => {{\n{body}return {names};\n}})();\n"


def minify(text: str) -> str:
    """A module without the lines that are comments, empty lines and indents.

    None of our strings goes over several lines, so that nothing else is changed.
    """
    return _BARE.sub("", text)


def message_keys(names: Iterable[str]) -> list[str]:
    """The keys of what these modules say."""
    return sorted({key for name in names for key in MESSAGE_REFERENCE.findall(module_source(name))})


@cache
def module_source(name: str) -> str:
    """A module as it was written."""
    return (FOLDER / f"{name}.js").read_text("utf-8")


def _messages_constant(kind: str, language: str, translate: Callable[[str, str], str]) -> str:
    said = {key: translate(language, key) for key in message_keys(BUNDLES[kind])}
    return f"const words = {json.dumps(said, ensure_ascii=False, separators=(',', ':'))};\n"


def _script(text: str) -> Script:
    return Script(text, _version(text))


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _scripts() -> Scripts:
    found = current_app.extensions["marsad_scripts"]
    assert isinstance(found, Scripts)
    return found
