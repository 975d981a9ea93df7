"""The example config that comes with Marsad: every setting, and sources to begin with."""

from __future__ import annotations

from pathlib import Path

_NAME = "config.example.toml"


def example_text() -> str:
    """The text of the example: inside the package once installed, at the top of a checkout."""
    package = Path(__file__).parents[1]
    inside = package / _NAME
    return (inside if inside.is_file() else package.parent / _NAME).read_text("utf-8")
