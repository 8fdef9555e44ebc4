"""From where somebody comes: what our own proxy wrote counts, what a client wrote itself does not."""

from __future__ import annotations

import pytest

from hub.access import login_shown
from hub.client_address import client_address
from hub.settings import Settings


@pytest.mark.parametrize(
    ("forwarded", "trusted", "address"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("10.1.0.1, 192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7, 10.9.0.1", "10.9.0.0/16", "192.0.2.7"),
        ("10.1.0.1, 192.0.2.7,10.9.0.1", "10.9.0.1 127.0.0.1", "192.0.2.7"),
        ("10.9.0.1", "10.9.0.1", ""),
        ("192.0.2.7, nonsense", "", ""),
        ("", "", ""),
    ],
)
def test_the_last_address_that_is_no_proxy_counts(forwarded: str, trusted: str, address: str) -> None:
    headers = {"X-Forwarded-For": forwarded, "X-Real-Ip": "10.1.0.1"}
    assert client_address(headers, trusted) == address


def test_proxies_that_are_no_networks_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="proxy"):
        Settings(trusted_proxies="proxy")


def test_a_login_without_a_time_is_none() -> None:
    assert login_shown(None, "") is None
    assert login_shown({"acr": "mfa"}, "") is None
    shown = login_shown({"acr": "mfa", "amr": ["otp"], "auth_time": 7}, "192.0.2.7")
    assert shown == {
        "acr": "mfa", "amr": ["otp"], "auth_time": 7, "address": "192.0.2.7", "sid": "", "began": 0,
    }  # fmt: skip
