"""A message that outlives one redirect: what was done, and how to take it back.

It travels in the signed cookie of the forms, so that no page needs the database for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask, has_request_context, session

_KEY = "said"


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence in the reader's language; `undo` is a token for POST /entries/undo."""

    text: str
    undo: str | None = None


def say(text: str, undo: str | None = None) -> None:
    """Show this on the next page of this browser."""
    session[_KEY] = [text, undo]


class Flashed:
    """What is to be shown on this page; shown once, and looked at only by a page that shows it."""

    def __iter__(self) -> Iterator[Message]:
        if has_request_context() and _KEY in session:
            text, undo = session.pop(_KEY)
            yield Message(text, undo)


def init_app(app: Flask) -> None:
    """Give templates `flashed`."""
    app.jinja_env.globals["flashed"] = Flashed()
