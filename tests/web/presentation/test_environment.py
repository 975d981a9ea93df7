"""Templates call functions and macros directly, and those that ask for the context with it."""

from __future__ import annotations

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from web.presentation.environment import TemplateEnvironment


def rendered(source: str, **variables: object) -> str:
    environment = TemplateEnvironment(Flask("test"), autoescape=True)
    return environment.from_string(source).render(**variables)


def test_functions_methods_and_classes() -> None:
    calls = "{{ double(n) }}{{ names.index('b') }}{{ kind('7') + n }} "
    values = {"double": lambda n: 2 * n, "names": ["a", "b"], "kind": int}
    assert rendered(f"{{% for n in [1, 2] %}}{calls}{{% endfor %}}", **values) == "218 419 "


def test_macros_with_defaults_names_and_a_caller() -> None:
    body = "{{ a }}{{ b }}{{ caller() if caller }}"
    macro = f"{{% macro m(a, b='<', caller=none) %}}{body}{{% endmacro %}}"
    uses = "{{ m(1) }} {{ m(1, b='&') }} {% call m(a=2) %}<b>{% endcall %} {{ m(m(3)) }}"
    assert rendered(macro + uses) == "1&lt; 1&amp; 2&lt;<b> 3&lt;&lt;"


def test_a_function_that_asks_for_the_context_gets_it() -> None:
    @pass_context
    def look(context: Context, name: str) -> object:
        return context.resolve(name)

    assert (
        rendered("{% set seen = 5 %}{{ look('seen') }}{{ look(name='m') }}", look=look, m=6) == "56"
    )
