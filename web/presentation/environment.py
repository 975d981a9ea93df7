"""The Jinja environment of the application."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class TemplateEnvironment(Environment):
    """An environment whose templates share its globals instead of wrapping them.

    Jinja gives each template a ChainMap, so that it can have globals of its own; ours have none.
    Every import then compares all globals with those of the importing template, one by one in
    Python; of a page, that was a tenth.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template: those of the environment if it has none of its own."""
        return super().make_globals(d) if d else self.globals
