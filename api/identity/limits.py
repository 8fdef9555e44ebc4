"""How often one address may knock: enough for people and the hub, too little to try passwords at speed."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import Request

from api.errors import TooManyRequestsError
from output_checker.text import Text

_MOST_ADDRESSES = 10_000
_MESSAGE = Text("Er kwamen te veel verzoeken achter elkaar.", "Too many requests came one after another.")
_REMEDY = Text("Wacht een minuut en probeer het opnieuw.", "Wait a minute and try again.")


@dataclass
class RateLimit:
    """At most `times` requests per address in any `seconds`; kept in memory, because the api is one process."""

    times: int
    seconds: float = 60.0
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, request: Request) -> None:
        """Count this request.

        Raises TooManyRequestsError when there were too many.
        """
        address = request.client.host if request.client else ""
        if not self._admit(address):
            raise TooManyRequestsError("too_many_requests", _MESSAGE, remedy=_REMEDY)

    def _admit(self, address: str) -> bool:
        moment = self.clock()
        with self._lock:
            moments = self._moments(address, moment)
            while moments and moments[0] <= moment - self.seconds:
                moments.popleft()
            if len(moments) >= self.times:
                return False
            moments.append(moment)
            return True

    def _moments(self, address: str, moment: float) -> deque[float]:
        if address not in self._seen and len(self._seen) >= _MOST_ADDRESSES:
            self._forget(moment)
        return self._seen.setdefault(address, deque())

    def _forget(self, moment: float) -> None:
        for address, moments in list(self._seen.items()):
            if not moments or moments[-1] <= moment - self.seconds:
                del self._seen[address]


@dataclass
class Limits:
    """The limits in force: tries of a password, and everything else at the provider and the login of the pages."""

    passwords: RateLimit = field(default_factory=lambda: RateLimit(60))
    requests: RateLimit = field(default_factory=lambda: RateLimit(600))


def limit_passwords(request: Request) -> None:
    """Refuse an address that tries passwords faster than people type."""
    request.app.state.limits.passwords.check(request)


def limit_requests(request: Request) -> None:
    """Refuse an address that asks for logins or tokens faster than a busy hub does."""
    request.app.state.limits.requests.check(request)
