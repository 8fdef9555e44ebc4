"""Passkeys (Web Authentication level 3): a login that no imitation of our pages can ask for.

The device proves that its owner unlocked it (user verification) and finds the account by itself (discoverable).
"""

from __future__ import annotations

import ipaddress
import secrets as random_source
from dataclasses import dataclass
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from api.audit.service import SYSTEM, Actor, record
from api.db import now
from api.errors import ConflictError, InvalidError
from api.identity.accounts import SELF
from api.identity.models import Account, Passkey
from api.identity.once import use_once
from api.identity.sealed import mark, seal, unseal
from api.people.models import Person
from api.people.validation import line
from api.secrets import SecretStore
from api.settings import Settings
from output_checker.text import Text

LONGEST_NAME, LONGEST_CREDENTIAL = 60, 20_000
_SECONDS = 600
_HANDLE, _CHALLENGE = "passkey user", "passkey challenge"
_NOT_TAKEN = Text(
    "Deze passkey is niet toegevoegd: uw apparaat gaf geen geldig antwoord.",
    "This passkey was not added: your device gave no valid answer.",
)
_AGAIN = Text(
    "Probeer het opnieuw, en ontgrendel uw apparaat als het daarom vraagt.",
    "Try again, and unlock your device when it asks for that.",
)
_THERE = Text("Deze passkey is er al.", "This passkey is there already.")


@dataclass(frozen=True)
class Ceremony:
    """What a page gives the browser to ask the device with: the options (JSON), and our own note about the challenge."""

    options: str
    note: str


def relying_party_of(settings: Settings) -> str | None:
    """Return the host name that passkeys are bound to; None when the pages have none, because an address is no name."""
    host = urlsplit(settings.api_url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host
    return None


def begin_login(settings: Settings, secrets: SecretStore) -> Ceremony | None:
    """Return what asks a device for any passkey of ours; None when passkeys cannot be used here."""
    if (host := relying_party_of(settings)) is None:
        return None
    challenge = random_source.token_bytes(32)
    options = webauthn.generate_authentication_options(
        rp_id=host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Ceremony(webauthn.options_to_json(options), _note(secrets, "login", challenge))


def begin_registration(
    session: Session, settings: Settings, secrets: SecretStore, account: Account
) -> Ceremony | None:
    """Return what asks a device to make a passkey for this account; None when passkeys cannot be used here."""
    if (host := relying_party_of(settings)) is None:
        return None
    challenge = random_source.token_bytes(32)
    known = [base64url_to_bytes(one.credential_id) for one in passkeys_of(session, account.person_id)]
    options = webauthn.generate_registration_options(
        rp_id=host,
        rp_name="Urban Enclave",
        user_id=_handle(secrets, account.person),
        user_name=account.login_name,
        user_display_name=account.person.name,
        challenge=challenge,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    note = _note(secrets, account.person.subject, challenge)
    return Ceremony(webauthn.options_to_json(options), note)


def add_passkey(
    session: Session,
    actor: Actor,
    settings: Settings,
    secrets: SecretStore,
    account: Account,
    *,
    name: str,
    note: str,
    credential: str,
) -> Passkey:
    """Add the passkey that a device made.

    Raises InvalidError (fields ``name`` and ``credential``) or ConflictError (it is there already).
    """
    name = line(name, "name", longest=LONGEST_NAME)
    try:
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=_challenge(secrets, account.person.subject, note),
            expected_rp_id=relying_party_of(settings) or "",
            expected_origin=_origin(settings),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError) as error:
        raise InvalidError("bad_passkey", _NOT_TAKEN, field="credential", remedy=_AGAIN) from error
    row = Passkey(
        credential_id=bytes_to_base64url(made.credential_id),
        person_id=account.person_id,
        name=name,
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
    )
    if session.get(Passkey, row.credential_id) is not None:
        raise ConflictError("passkey_exists", _THERE, field="credential")
    session.add(row)
    record(session, actor, "factor.add", f"person:{account.person.subject}", "own account", kind="passkey")
    return row


def remove_passkey(session: Session, actor: Actor, person: Person, credential_id: str) -> None:
    """Take one of the person's passkeys away; nothing happens when it is not theirs."""
    row = session.get(Passkey, credential_id)
    if row is None or row.person_id != person.id:
        return
    session.delete(row)
    record(session, actor, "factor.remove", f"person:{person.subject}", "own account", kind="passkey")


def passkeys_of(session: Session, person_id: int) -> list[Passkey]:
    """Return a person's passkeys, the oldest first."""
    theirs = select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.added_at)
    return list(session.scalars(theirs))


def log_in_with(
    session: Session, settings: Settings, secrets: SecretStore, note: str, credential: str
) -> Person | None:
    """Return whose passkey signed our challenge, for the first time; None without saying why not. The caller commits."""
    try:
        challenge = _challenge(secrets, "login", note)
        answer = parse_authentication_credential_json(credential)
    except (WebAuthnException, ValueError):
        return None
    row = session.get(Passkey, bytes_to_base64url(answer.raw_id), with_for_update=True)
    if row is None or not use_once(session, bytes_to_base64url(challenge), _SECONDS):
        record(session, SYSTEM, "login.refuse", "person:unknown", "unknown passkey or used challenge")
        return None
    person = session.get_one(Account, row.person_id).person
    try:
        _verify(settings, secrets, row, person, credential, challenge)
    except (WebAuthnException, ValueError):
        record(session, SYSTEM, "login.refuse", f"person:{person.subject}", "wrong passkey")
        return None
    if person.suspended_at is not None:
        record(session, SYSTEM, "login.refuse", f"person:{person.subject}", "suspended")
        return None
    record(session, Actor(person, SELF), "login.accept", f"person:{person.subject}", "passkey")
    return person


def _verify(
    settings: Settings, secrets: SecretStore, row: Passkey, person: Person, credential: str, challenge: bytes
) -> None:
    """Check the signature and note the counter, which shows when a key was copied; raises WebAuthnException."""
    proven = webauthn.verify_authentication_response(
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=relying_party_of(settings) or "",
        expected_origin=_origin(settings),
        credential_public_key=base64url_to_bytes(row.public_key),
        credential_current_sign_count=row.sign_count,
        require_user_verification=True,
    )
    handle = parse_authentication_credential_json(credential).response.user_handle
    if handle != _handle(secrets, person):
        raise ValueError("the passkey was made for another account")
    row.sign_count, row.last_used_at = proven.new_sign_count, now()


def _handle(secrets: SecretStore, person: Person) -> bytes:
    # Tells nothing about the person to who finds the device (Web Authentication level 3, 14.6.1).
    return bytes.fromhex(mark(secrets, _HANDLE, person.subject, "factor_key"))


def _note(secrets: SecretStore, about: str, challenge: bytes) -> str:
    return seal(secrets, _CHALLENGE, {"for": about, "challenge": bytes_to_base64url(challenge)}, _SECONDS)


def _challenge(secrets: SecretStore, about: str, note: str) -> bytes:
    kept = unseal(secrets, _CHALLENGE, note)
    if kept is None or kept["for"] != about:
        raise ValueError("not a challenge of ours for this")
    return base64url_to_bytes(kept["challenge"])


def _origin(settings: Settings) -> str:
    address = urlsplit(settings.api_url)
    return f"{address.scheme}://{address.netloc}"
