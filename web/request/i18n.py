"""The languages of the interface: which one a request gets, and their catalogues.

An address may name it (`?hl=fr`), so that others see a shared page as it was shared. Else a
reader's choice counts, which lives in a cookie for a year; without one the browser's languages
decide, and Arabic is the default. Catalogues are stored as `.po` only and compiled in memory at
startup, so that no stale `.mo` can be served.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    g,
    has_request_context,
    make_response,
    redirect,
    request,
)
from flask_babel import Babel, Domain, get_locale
from markupsafe import Markup

from web.request.cookies import LANGUAGE_COOKIE, read_cookie, set_cookie
from web.request.security import safe_next

LANGUAGES = ("ar", "fr", "en")
# The parameter of an address that names the language of the interface.
LANGUAGE_PARAMETER = "hl"
CATALOGUES = Path(__file__).parents[1] / "locale"

i18n = Blueprint("i18n", __name__)


class Catalogues(Domain):  # type: ignore[misc]  # Flask-Babel comes without types
    """All catalogues, compiled."""

    def __init__(self, folder: Path = CATALOGUES) -> None:
        super().__init__(domain="messages")
        self._compiled = {language: compile_catalogue(folder, language) for language in LANGUAGES}

    def text(self, language: str, key: str) -> str:
        """The sentence of `key` in any of the languages."""
        return self._compiled[language].gettext(key)

    def get_translations(self) -> NullTranslations:
        """The catalogue of this request's language."""
        return self._compiled[current_language()]


@cache
def catalogues() -> Catalogues:
    """The catalogues of this process."""
    return Catalogues()


def catalogue_path(folder: Path, language: str) -> Path:
    """The path of the catalogue of `language`."""
    return folder / language / "LC_MESSAGES" / "messages.po"


@cache
def compile_catalogue(folder: Path, language: str) -> NullTranslations:
    """Compile a `.po` file for gettext, once per process."""
    with catalogue_path(folder, language).open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain="messages")


def choose_language() -> str:
    """The language of this request: its address's, the reader's, the browser's, else Arabic."""
    named = request.args.get(LANGUAGE_PARAMETER)
    if named in LANGUAGES:
        return named
    chosen = read_cookie(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    accepted = (
        tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality
    )
    return next((language for language in accepted if language in LANGUAGES), "ar")


def current_language() -> str:
    """One of `LANGUAGES`; Arabic outside a request."""
    if not has_request_context():
        return "ar"
    language: str | None = g.get("language")
    if language is None:  # a page calls this a hundred times
        locale = get_locale()
        language = locale.language if locale and locale.language in LANGUAGES else "ar"
        g.language = language
    return language


def direction_of(language: str) -> str:
    """The writing direction of an interface language."""
    return "rtl" if language == "ar" else "ltr"


def translate(key: str, **values: object) -> str:
    """The sentence of `key` in the language of this request."""
    text = _catalogue().gettext(key)
    return text % values if values else text


def translate_count(key: str, count: int) -> str:
    """The sentence of `key` in the plural form of `count`."""
    return _catalogue().ngettext(key, key, count) % {"num": count}


def gettext_markup(key: str, **values: object) -> Markup:
    """`_` in templates: the sentence of `key`; values are escaped unless they are markup."""
    text = Markup(_catalogue().gettext(key))  # noqa: S704  # catalogues are ours
    return text % values if values else text


def ngettext_markup(key: str, _plural: str, num: int, /, **values: object) -> Markup:
    """`ngettext` in templates: the sentence of `key` in the plural form of `num`.

    `values` may override `num`, to show the number in another form.
    """
    text = Markup(_catalogue().ngettext(key, key, num))  # noqa: S704  # as above
    return text % ({"num": num} | values)


def _catalogue() -> NullTranslations:
    return catalogues().get_translations()


def template_variables() -> dict[str, str]:
    """`locale` and `direction`, for every template."""
    language = current_language()
    return {"locale": language, "direction": direction_of(language)}


def stay_in_language(response: Response) -> Response:
    """Keep a visitor who has chosen none in the language of a shared link, until they leave.

    A reader's own choice stays: links of the page lead back to it.
    """
    named = request.args.get(LANGUAGE_PARAMETER)
    chosen = read_cookie(LANGUAGE_COOKIE)
    if named in LANGUAGES and not chosen and response.mimetype == "text/html":
        set_cookie(response, LANGUAGE_COOKIE, named, None)
    return response


def set_content_language(response: Response) -> Response:
    """Set Content-Language on pages."""
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Language", current_language())
    return response


@i18n.get("/language/<code>")
def switch(code: str) -> Response:
    """Store the chosen language and return to the page that the reader came from."""
    if code not in LANGUAGES:
        abort(404)
    target = _without_language(safe_next(request.args.get("next")))
    response = make_response(redirect(target, code=303))
    set_cookie(response, LANGUAGE_COOKIE, code)
    return response


def _without_language(address: str) -> str:
    """An address without the language that it names."""
    path, _, query = address.partition("?")
    prefix = f"{LANGUAGE_PARAMETER}="
    kept = [each for each in query.split("&") if each and not each.startswith(prefix)]
    return f"{path}?{'&'.join(kept)}" if kept else path


def init_app(app: Flask) -> None:
    """Install the catalogues, the language of each request and the route that changes it."""
    babel = Babel()
    babel.init_app(app, default_locale="ar", locale_selector=choose_language)
    babel.domain_instance = catalogues()
    # Flask-Babel's own functions look up language and catalogue for each of a hundred sentences
    app.jinja_env.globals.update(_=gettext_markup, gettext=gettext_markup, ngettext=ngettext_markup)
    app.context_processor(template_variables)
    app.after_request(set_content_language)
    app.after_request(stay_in_language)
    app.register_blueprint(i18n)
