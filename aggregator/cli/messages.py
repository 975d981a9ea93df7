"""The English catalogue, so that the terminal says what the pages say."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.support import NullTranslations


def english(key: str) -> str:
    """The English text of a translation key."""
    return _catalogue().gettext(key)


@cache
def _catalogue() -> NullTranslations:
    from web.request.i18n import CATALOGUES, compile_catalogue

    return compile_catalogue(CATALOGUES, "en")
