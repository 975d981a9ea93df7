"""Precision and recall of what a program decides on labelled examples."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Score:
    """How many examples have a label, how many were found to have it, and how many rightly."""

    name: str
    labelled: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        """The share of the found that is right; 1 if nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of the labelled that was found; 1 if nothing is labelled."""
        return self.right / self.labelled if self.labelled else 1.0
