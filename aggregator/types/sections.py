"""Sections of the front page."""

from __future__ import annotations

# All sections, in the order in which the front page shows them unless configured otherwise.
SECTIONS = (
    "politics", "economy", "society", "sport", "culture", "science", "region", "world",
)  # fmt: skip
