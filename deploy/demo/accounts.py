"""The accounts of a demo installation: passwords made at random, kept in one file that only the service user reads."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "demo-accounts.json"
# No vowels, and nothing that looks like something else: no name is in such a password, and it can be typed over.
ALPHABET = "bcdfghjkmpqrstvwxz23456789"
GROUPS, GROUP_LENGTH = 4, 5


@dataclass(frozen=True)
class Account:
    """Somebody of the demo: login name (also the subject in tokens), password, name and what they do."""

    login: str
    password: str
    name: str
    does: str


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
