"""What a line of the table of addresses is, and who comes to them.

A line names the address with things of the project in it, what is sent,
and who is answered what; those it does not name get `others` when they have a session, and what strangers get when
they have none. In `Town.things` stand the names: {waiting}, {released} ... are numbers of requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.api.applications.asking import content

SESSIONS = (
    "author member outsider checker foreign_checker steward foreign_steward"
    " administrator foreign_administrator auditor privacy_officer"
)
STRANGERS = "suspended nobody sandbox hub"
MEMBERS = "author member"
READERS = f"{MEMBERS} checker auditor"
ADMINISTRATORS = "administrator foreign_administrator"
OVERSEERS = f"{ADMINISTRATORS} steward auditor"
STAFF = "checker administrator auditor"
OFFICE = f"{STAFF} steward"
EVERYBODY = f"{SESSIONS} {STRANGERS}"
AT_HOME = f"{READERS} administrator steward privacy_officer sandbox"
"""Whoever may ever read a word of the project; stewards and privacy officers read what is applied for."""
APPROVERS = "steward administrator privacy_officer"


@dataclass(frozen=True)
class Door:
    """One address: `answers` are visitors by status; `bare` is what a stranger gets (None: as the address is)."""

    address: str
    answers: Mapping[int, str] = field(default_factory=dict)
    others: int = 403
    sent: Mapping[str, Any] = field(default_factory=dict)
    bare: int | None = None


def anybody(address: str, status: int, **sent: Any) -> Door:
    """A door that answers everybody alike."""
    return Door(address, {status: EVERYBODY}, sent=sent)


def session(address: str, status: int = 200, **sent: Any) -> Door:
    """A door for whoever is logged in; what is shown there depends on who that is."""
    return Door(address, others=status, sent=sent)


def bearer(address: str, visitor: str, status: int, **sent: Any) -> Door:
    """A door for one token: a session of people is none."""
    return Door(address, {status: visitor}, others=401, sent=sent, bare=401)


QUERY = {"dataset": "people", "index": "sex", "columns": "area", "margins": True}
REASON = {"reason": "A reason."}
APPLICATION = asdict(content())
ARRANGEMENT = {"level": "two", "reason": "A reason.", "version": 0}

PROPOSAL = {
    "person": "foreign-checker",
    "project": "minimum-incomes",
    "role": "researcher",
    "first_day": "2026-01-01",
    "last_day": "2099-12-31",
    "reason": "A reason.",
}


def vetted(address: str, status: int, **sent: Any) -> Door:
    """A door to somebody who holds no office: administrators of any centre vet them."""
    return Door(address, {status: ADMINISTRATORS}, sent=sent)


def everywhere(address: str, **sent: Any) -> Door:
    """A door for administrators appointed everywhere, which none of the visitors is."""
    return Door(address, {403: ADMINISTRATORS}, sent=sent)
