"""Codes as a second factor: from an authenticator app (TOTP, RFC 6238), or recovery codes on paper.

A code of the app works once, and one step (30 s) before or after its time; a recovery code works once. Wrong codes lock
codes out as wrong passwords lock passwords out, apart from them: a right password does not forgive wrong codes.
"""

from __future__ import annotations

import secrets as random_source

import pyotp
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api.audit.service import Actor, record
from api.db import now
from api.errors import InvalidError
from api.identity.accounts import FREE_ATTEMPTS, SELF, waiting_time
from api.identity.models import Account, Authenticator, RecoveryCode
from api.identity.sealed import conceal, mark, reveal
from api.identity.tokens import equal
from api.people.models import Person
from api.secrets import SecretStore
from output_checker.text import Text

STEP_SECONDS = 30
RECOVERY_CODES = 10
ISSUER = "Urban Enclave"
_PURPOSE, _RECOVERY = "authenticator secret", "recovery code"
# No vowels, and nothing that looks like something else: no words, and easy to copy from paper.
_ALPHABET = "bcdfghjkmpqrstvwxz23456789"
_GROUPS, _GROUP_LENGTH = 4, 4
_WRONG = Text(
    "Deze code klopt niet. Kijk of de klok van uw telefoon gelijk loopt.",
    "This code is not right. See whether the clock of your telephone is right.",
)
_NEXT = Text(
    "Wacht op de volgende code in de app en typ die.", "Wait for the next code in the app and type that."
)


def new_secret() -> str:
    """Return a random secret of 160 bits for an authenticator app, in base32."""
    return pyotp.random_base32()


def address_of(secret: str, login_name: str) -> str:
    """Return what an authenticator app reads from the QR code (``otpauth:``)."""
    return pyotp.TOTP(secret).provisioning_uri(name=login_name, issuer_name=ISSUER)


def has_second_factor(session: Session, person_id: int) -> bool:
    """Tell whether this person is asked for a code after their password."""
    return session.get(Authenticator, person_id) is not None


def add_authenticator(
    session: Session, actor: Actor, secrets: SecretStore, account: Account, secret: str, code: str
) -> list[str]:
    """Make the app that holds `secret` and shows `code` the person's second factor; return their new recovery codes.

    It takes the place of an earlier app and earlier recovery codes. Raises InvalidError (field ``code``).
    """
    step = _step_of(secret, code, 0)
    if step is None:
        raise InvalidError("wrong_code", _WRONG, field="code", remedy=_NEXT)
    remove_authenticator(session, actor, account)
    concealed = conceal(secrets, _PURPOSE, {"secret": secret})
    session.add(Authenticator(person_id=account.person_id, concealed_secret=concealed, last_step=step))
    record(session, actor, "factor.add", _subject(account.person), "right code", kind="totp")
    return renew_recovery_codes(session, actor, secrets, account)


def remove_authenticator(session: Session, actor: Actor, account: Account) -> None:
    """Take the app and the recovery codes away; nothing happens when there are none."""
    row = session.get(Authenticator, account.person_id)
    if row is None:
        return
    session.delete(row)
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == account.person_id))
    session.flush()
    record(session, actor, "factor.remove", _subject(account.person), "own account or vetting", kind="totp")


def renew_recovery_codes(session: Session, actor: Actor, secrets: SecretStore, account: Account) -> list[str]:
    """Replace the person's recovery codes and return the new ones, which are kept only as keyed hashes."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == account.person_id))
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(code_hash=_hash(secrets, code), person_id=account.person_id) for code in codes
    )
    record(session, actor, "factor.add", _subject(account.person), "own account", kind="recovery codes")
    return codes


def recovery_codes_left(session: Session, person_id: int) -> int:
    """Return how many recovery codes of this person still work."""
    unused = RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def try_code(session: Session, secrets: SecretStore, account: Account, code: str) -> bool:
    """Tell whether `code` is right now, and use it up; the caller commits either way.

    `account` was read for update, so that tries at once are counted one after another.
    """
    locked = account.codes_locked_until is not None and account.codes_locked_until > now()
    actor, subject = Actor(account.person, SELF), _subject(account.person)
    if locked or not _is_right(session, secrets, account.person_id, _folded(code)):
        account.code_failures += not locked
        if account.code_failures >= FREE_ATTEMPTS and not locked:
            account.codes_locked_until = now() + waiting_time(account.code_failures)
        record(session, actor, "code.refuse", subject, "locked" if locked else "wrong code")
        return False
    account.code_failures, account.codes_locked_until = 0, None
    record(session, actor, "code.accept", subject, "right code")
    return True


def _is_right(session: Session, secrets: SecretStore, person_id: int, code: str) -> bool:
    row = session.get(Authenticator, person_id)
    if row is None:
        return False
    kept = reveal(secrets, _PURPOSE, row.concealed_secret)
    step = _step_of(kept["secret"], code, row.last_step) if kept else None
    if step is not None:
        row.last_step = step
        return True
    unused = session.get(RecoveryCode, _hash(secrets, code))
    if unused is None or unused.person_id != person_id or unused.used_at is not None:
        return False
    unused.used_at = now()
    return True


def _step_of(secret: str, code: str, after: int) -> int | None:
    """Return the step later than `after` whose code this is, at most one from now; None when there is none."""
    generator, present = pyotp.TOTP(secret), int(now().timestamp()) // STEP_SECONDS
    fitting = [
        step for step in (present - 1, present, present + 1) if equal(generator.generate_otp(step), code)
    ]
    return next((step for step in fitting if step > after), None)


def _new_recovery_code() -> str:
    groups = ("".join(random_source.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def _hash(secrets: SecretStore, code: str) -> str:
    return mark(secrets, _RECOVERY, _folded(code), "factor_key")


def _folded(code: str) -> str:
    return code.replace("-", "").replace(" ", "").casefold()


def _subject(person: Person) -> str:
    return f"person:{person.subject}"
