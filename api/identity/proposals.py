"""A secret proposed to an authenticator app: shown as a picture and in letters, kept by the form until a code confirms it."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from markupsafe import Markup

from api.errors import InvalidError
from api.identity.sealed import conceal, reveal
from api.identity.second_factor import address_of, new_secret
from api.people.models import Person
from api.secrets import SecretStore
from output_checker.text import Text

_PURPOSE, _SECONDS = "proposed authenticator", 1800
_TOO_LATE = Text(
    "Dit duurde te lang. Scan de nieuwe code met de app.",
    "This took too long. Scan the new code with the app.",
)


@dataclass(frozen=True)
class Proposal:
    """A secret for the app of one person; `note` is what the form carries, encrypted."""

    secret: str
    note: str
    address: str

    @property
    def picture(self) -> Markup:
        """The QR code, as SVG that a page can hold as it is."""
        drawn = segno.make(self.address, error="m").svg_inline(scale=5, border=4, light="#fff", omitsize=True)
        return Markup(drawn)  # noqa: S704 - drawn by segno, from letters and digits of ours

    @property
    def letters(self) -> str:
        """The secret in groups of four, to type over."""
        return " ".join(self.secret[start : start + 4] for start in range(0, len(self.secret), 4))


def propose(secrets: SecretStore, person: Person) -> Proposal:
    """Return a new secret for the app of `person`."""
    return _proposal(secrets, person, new_secret())


def proposed(secrets: SecretStore, person: Person, note: str) -> Proposal:
    """Return what was proposed to `person` before.

    Raises InvalidError (field ``code``) when it was somebody else's, is too old, or is not ours.
    """
    kept = reveal(secrets, _PURPOSE, note)
    if kept is None or kept["person"] != person.subject:
        raise InvalidError("old_proposal", _TOO_LATE, field="code")
    return _proposal(secrets, person, kept["secret"])


def proposed_again(secrets: SecretStore, person: Person, note: str) -> Proposal:
    """Return what was proposed to `person` before, or something new where that cannot be used."""
    try:
        return proposed(secrets, person, note)
    except InvalidError:
        return propose(secrets, person)


def _proposal(secrets: SecretStore, person: Person, secret: str) -> Proposal:
    note = conceal(secrets, _PURPOSE, {"person": person.subject, "secret": secret}, _SECONDS)
    return Proposal(secret, note, address_of(secret, person.subject))
