"""The Jinja environment of the application."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from types import FunctionType, MethodType
from typing import Any

from flask.templating import Environment
from jinja2.runtime import Context, Macro
from jinja2.utils import internalcode


class TemplateContext(Context):
    """A context that calls functions and macros directly.

    Jinja looks for the marks of `pass_context` on a function and on its `__call__`, by functions of
    its own: that took a tenth of a page with many short texts. Ours have none.
    """

    @internalcode
    def call(self, called: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call what a template calls."""
        kind = type(called)
        if kind is Macro:
            args = (self.eval_ctx, *args)
        elif not (kind is FunctionType or kind is MethodType) or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *args, **kwargs)
        if kwargs:
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)


class TemplateEnvironment(Environment):
    """An environment whose templates share its globals instead of wrapping them.

    Jinja gives each template a ChainMap, so that it can have globals of its own; ours have none.
    Every import then compares all globals with those of the importing template, one by one in
    Python; of a page, that was a tenth.
    """

    context_class = TemplateContext

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template: those of the environment if it has none of its own."""
        return super().make_globals(d) if d else self.globals
