"""Passwords that are guessed first."""

import pytest

from aggregator.services.accounts.weak_passwords import is_guessable


@pytest.mark.parametrize(
    "password",
    ["password", "Password1", "PASSWORD123!", "motdepasse", "azertyuiop", "12345678", "87654321",
     "01012026", "aaaaaaaa", "abababab", "abcdefgh", "hgfedcba", "casablanca", "Maroc2026!",
     "كلمة السر", "٠١٢٣٤٥٦٧", "        ", "\u200b" * 8, "\u00a0" * 9, "ｐａｓｓｗｏｒｄ",
     "amina2026", "Amina!!!", "marsad-2026"],
)  # fmt: skip
def test_refused(password: str) -> None:
    assert is_guessable(password, "Amina")


@pytest.mark.parametrize(
    "password",
    ["sous l'arganier", "a new password", "tr0ub4dor&3", "شاي بالنعناع", "ⴰⵣⵓⵍ ⴰⵢⵎⵉ",
     "823749120384", "aminata walks", "🌵🐪🌴🏜️🕌🍊🫒🌙"],
)  # fmt: skip
def test_taken(password: str) -> None:
    assert not is_guessable(password, "Amina")
