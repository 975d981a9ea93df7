"""What tests of the researcher's desk ask for."""

from __future__ import annotations

# The days of `archive`, as parameters.
DAYS = "from=2026-11-01&to=2026-11-02"
DAMS = "%D8%A7%D9%84%D8%B3%D8%AF%D9%88%D8%AF"
