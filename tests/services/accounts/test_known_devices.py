"""Browsers that an account knows."""

import pytest

from aggregator.services.accounts.known_devices import MAX_ACCOUNTS, KnownDevices

DEVICES = KnownDevices("secret")


def test_a_browser_is_known_to_the_accounts_that_used_it() -> None:
    cookie = DEVICES.remember("", "Amina")
    device = DEVICES.find(cookie, " AMINA ")
    assert device
    assert DEVICES.find(cookie, "Brahim") == ""
    both = DEVICES.remember(cookie, "Brahim")
    assert DEVICES.find(both, "Amina") == DEVICES.find(both, "Brahim") == device
    assert DEVICES.remember(both, "Brahim") == both
    assert "Amina" not in both


def test_a_cookie_keeps_the_latest_accounts() -> None:
    cookie = ""
    for number in range(MAX_ACCOUNTS + 1):
        cookie = DEVICES.remember(cookie, f"name {number}")
    assert DEVICES.find(cookie, "name 0") == ""
    for number in range(1, MAX_ACCOUNTS + 1):
        assert DEVICES.find(cookie, f"name {number}")


@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "." * 9, "مرصد", "\0", "x" * 9000])
def test_made_up_cookies_are_unknown(cookie: str) -> None:
    assert DEVICES.find(cookie, "Amina") == ""
    assert DEVICES.find(DEVICES.remember(cookie, "Amina"), "Amina")


def test_another_secret_knows_nobody() -> None:
    cookie = DEVICES.remember("", "Amina")
    assert KnownDevices("other").find(cookie, "Amina") == ""
    id_, signature = cookie.split(".")
    assert DEVICES.find(f"{id_[::-1]}.{signature}", "Amina") == ""
