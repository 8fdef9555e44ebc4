"""The accounts of a demo installation: passwords made at random, kept in one file that only the service user reads."""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

import pyotp

from api.identity.second_factor import STEP_SECONDS

FILE = "demo-accounts.json"
# No vowels, and nothing that looks like something else: no name is in such a password, and it can be typed over.
ALPHABET = "bcdfghjkmpqrstvwxz23456789"
GROUPS, GROUP_LENGTH = 4, 5


@dataclass(frozen=True)
class Account:
    """Somebody of the demo: login name (also the subject in tokens), password, name and what they do.

    `secret` is what an authenticator app of theirs holds (base32); "" when they have no second factor.
    """

    login: str
    password: str
    name: str
    does: str
    secret: str = ""

    @property
    def telephone(self) -> Telephone:
        """What shows the codes of this account; one telephone for each secret in this process."""
        return telephone_of(self.secret)


@dataclass
class Telephone:
    """The authenticator app of somebody of the demo, which never shows a code twice."""

    secret: str
    _last: int = field(default=0, init=False)

    def code(self) -> str:
        """Return a code that works now, when need be after waiting for the next one."""
        # The provider takes codes of one step before and after the present one: that before is for whoever types slowly.
        step = max(_step(), self._last + 1)
        while step > _step() + 1:
            time.sleep(1)
        self._last = step
        return str(pyotp.TOTP(self.secret).generate_otp(step))

    def present_code(self) -> str:
        """Return the code of this moment, as any app shows it."""
        return str(pyotp.TOTP(self.secret).now())


def _step() -> int:
    return int(time.time()) // STEP_SECONDS


@cache
def telephone_of(secret: str) -> Telephone:
    """Return the telephone that holds `secret`."""
    return Telephone(secret)


def new_password() -> str:
    """Return a random password."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def write(state_dir: Path, accounts: dict[str, Account]) -> None:
    """Keep the accounts in the state directory, closed to other users."""
    path = state_dir / FILE
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({login: asdict(account) for login, account in accounts.items()}, file, indent=1)


def read(state_dir: Path) -> dict[str, Account]:
    """Return the accounts of an installation by login name."""
    stored = json.loads((state_dir / FILE).read_text(encoding="utf-8"))
    return {login: Account(**account) for login, account in stored.items()}
