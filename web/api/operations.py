"""What each view of the API takes and answers, declared beside it.

The OpenAPI document (`web.api.openapi`) is made of these declarations and of the URL map, and
docs/api.md and the page /api are made of the document. Texts are in English, with `code`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from web.api.bodies import Field

# A JSON Schema (draft 2020-12).
Schema = Mapping[str, Any]

ViewT = TypeVar("ViewT", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query."""

    name: str
    text: str
    schema: Schema
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. Its summary is the first line of the view's docstring."""

    answer: str
    """The name of a schema in `web.api.schemas`."""
    text: str
    query: tuple[Parameter, ...]
    body: tuple[Field[Any], ...]
    """The fields of a body; empty if it takes none."""
    one_of: tuple[str, ...]
    """Fields of which at least one must be given."""
    example: Mapping[str, object] | None
    """A body that works."""
    statuses: tuple[int, ...]
    """Those that not every operation of its method has."""
    personal: bool
    """Whether a visitor is refused even if reading is public."""


_declared: dict[str, Operation] = {}


def operation(
    answer: str,
    text: str = "",
    *,
    query: Sequence[Parameter] = (),
    body: Sequence[Field[Any]] = (),
    one_of: Sequence[str] = (),
    example: Mapping[str, object] | None = None,
    statuses: Sequence[int] = (),
    personal: bool = False,
) -> Callable[[ViewT], ViewT]:
    """Declare the operation that a view carries out."""
    declared = Operation(
        answer, text, tuple(query), tuple(body), tuple(one_of), example, tuple(statuses), personal
    )

    def declare(view: ViewT) -> ViewT:
        _declared[_name(view)] = declared
        return view

    return declare


def operation_of(view: Callable[..., Any]) -> Operation:
    """The operation of a view. Raises KeyError if none was declared."""
    return _declared[_name(view)]


def _name(view: Callable[..., Any]) -> str:
    return f"{view.__module__}.{view.__qualname__}"
