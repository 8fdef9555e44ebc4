"""How often one address may knock."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from api.identity import limits
from api.identity.limits import RateLimit, TooManyRequestsError


class Clock:
    moment = 0.0

    def __call__(self) -> float:
        return self.moment


def request(address: str | None) -> Request:
    client = (address, 1234) if address else None
    return Request({"type": "http", "method": "GET", "path": "/", "headers": [], "client": client})


def test_an_address_waits_until_its_earlier_requests_are_old() -> None:
    clock = Clock()
    limit = RateLimit(2, seconds=60, clock=clock)
    limit.check(request("192.0.2.1"))
    clock.moment = 30
    limit.check(request("192.0.2.1"))
    with pytest.raises(TooManyRequestsError) as caught:
        limit.check(request("192.0.2.1"))
    assert caught.value.status == 429
    limit.check(request("192.0.2.2"))
    clock.moment = 60
    limit.check(request("192.0.2.1"))
    with pytest.raises(TooManyRequestsError):
        limit.check(request("192.0.2.1"))


def test_who_has_no_address_is_one_address() -> None:
    limit = RateLimit(1)
    limit.check(request(None))
    with pytest.raises(TooManyRequestsError):
        limit.check(request(None))


def test_addresses_that_were_quiet_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST_ADDRESSES", 2)
    clock = Clock()
    limit = RateLimit(1, seconds=60, clock=clock)
    limit.check(request("192.0.2.1"))
    clock.moment = 30
    limit.check(request("192.0.2.2"))
    clock.moment = 70
    limit.check(request("192.0.2.3"))
    assert set(limit._seen) == {"192.0.2.2", "192.0.2.3"}
