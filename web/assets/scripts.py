"""What runs in a reader's browser: one script per kind of page and language, and the worker.

The modules in `static/js` are ordinary ES modules. For a page they are joined into one file, so
that a first view takes one request: each becomes a function that is called once and returns its
exports; `import` lines are checked and dropped. The sentences that the modules show come first, as
`words["key of the catalogue"]`, after the path below which the site is served, `root`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, url_for
from rjsmin import jsmin

from web.assets.asset import Asset, asset_response, content_version, make_asset
from web.request.i18n import LANGUAGES, current_language
from web.state import app_state

FOLDER = Path(__file__).parents[1] / "static" / "js"
COMMON_MODULES = ("queue", "page", "app", "keyboard")
# Kind of page -> its modules; each imports only from those before it.
BUNDLES: Mapping[str, tuple[str, ...]] = {
    "plain": (*COMMON_MODULES, "follow", "share", "places"),
    "list": (
        *COMMON_MODULES,
        *"seen list scroll swipe listswipe fresh follow share places".split(),
    ),
    "entry": (*COMMON_MODULES, "seen", "swipe", "entry", "tags", "share", "places"),
    "passkeys": (*COMMON_MODULES, "passkeys", "places"),
    "desk": (*COMMON_MODULES, "desk", "places"),
    "offline": (*COMMON_MODULES, "shelf", "saving", "places"),
    # Loaded by pages only while there is no network.
    "away": ("marks",),
}
WORKER_MODULES = ("copies", "latest", "sw")

# The worker fetches our own pages and files, and pictures from where pages show them (`img-src`).
WORKER_POLICY = "default-src 'none'; connect-src 'self' https: http:"

MESSAGE_REFERENCE = re.compile(r'words\["([a-z_.]+)"\]')
_IMPORT = re.compile(r'^import \{ ([^}]*) \} from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function) (\w+))", re.MULTILINE)

blueprint = Blueprint("scripts", __name__)


class Scripts:
    """Every script, put together once when the application starts."""

    def __init__(self, translate: Callable[[str, str], str], root: str = "") -> None:
        """`translate`: language and key -> sentence; `root`: where the site is, as "/news"."""
        head = f"const root = {json.dumps(root)};\n"
        self._bundles = {
            (kind, language): make_asset(
                _messages_constant(kind, language, translate) + head + bundle_modules(modules)
            )
            for kind, modules in BUNDLES.items()
            for language in LANGUAGES
        }
        versions = "".join(script.version for script in self._bundles.values())
        self._worker = f"// {content_version(versions)}\n{head}{bundle_modules(WORKER_MODULES)}"

    def bundle(self, kind: str, language: str) -> Asset | None:
        """The script of a kind of page in a language; None for an unknown kind or language."""
        return self._bundles.get((kind, language))

    @property
    def worker(self) -> str:
        """The service worker; it changes with the scripts, so that browsers update it."""
        return self._worker


@blueprint.get("/scripts/<kind>.<language>.js")
def bundle(kind: str, language: str) -> Response:
    """The script of a kind of page in a language."""
    return asset_response(app_state().scripts.bundle(kind, language), "text/javascript")


@blueprint.get("/sw.js")
def worker() -> Response:
    """The service worker of the whole site."""
    response = Response(app_state().scripts.worker, mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = WORKER_POLICY
    return response


def script_url(kind: str) -> str:
    """The address of the one script of a page. Raises KeyError for an unknown kind."""
    language = current_language()
    script = app_state().scripts.bundle(kind, language)
    if script is None:
        raise KeyError(kind)
    return url_for("scripts.bundle", kind=kind, language=language, v=script.version)


def init_app(app: Flask) -> None:
    """Serve the scripts and tell templates where they are."""
    app.jinja_env.globals["script"] = script_url
    app.register_blueprint(blueprint)


@cache
def bundle_modules(names: tuple[str, ...]) -> str:
    """Modules as one, minified. Raises ValueError for an import that no earlier module exports."""
    exported: dict[str, set[str]] = {}
    parts = []
    for name in names:
        text = module_source(name)
        for imported, module in _IMPORT.findall(text):
            missing = set(imported.split(", ")) - exported.get(module, set())
            if missing:
                raise ValueError(f"{name}.js: {module}.js before it does not export {missing}")
        exports = _EXPORT.findall(text)
        exported[name] = set(exports)
        parts.append(_wrap_module(_EXPORT.sub("", _IMPORT.sub("", text)), exports))
    return f"{jsmin(''.join(parts))}\n"


def _wrap_module(body: str, exports: list[str]) -> str:
    if not exports:
        return f"{{\n{body}}}\n"
    names = f"{{ {', '.join(exports)} }}"
    return f"const {names} = (() => {{\n{body}return {names};\n}})();\n"


def message_keys(names: Iterable[str]) -> list[str]:
    """The catalogue keys of the sentences that modules show."""
    return sorted({key for name in names for key in MESSAGE_REFERENCE.findall(module_source(name))})


@cache
def module_source(name: str) -> str:
    """A module as it was written."""
    return (FOLDER / f"{name}.js").read_text("utf-8")


def _messages_constant(kind: str, language: str, translate: Callable[[str, str], str]) -> str:
    messages = {key: translate(language, key) for key in message_keys(BUNDLES[kind])}
    return f"const words = {json.dumps(messages, ensure_ascii=False, separators=(',', ':'))};\n"
