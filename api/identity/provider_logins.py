"""Logins at the embedded provider: one login serves both clients until it ends (single sign-on)."""

from __future__ import annotations

import datetime as dt
import secrets as random_source
from dataclasses import dataclass

from fastapi import Response
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from api.db import now
from api.identity.models import ProviderLogin
from api.identity.sessions import is_https
from api.identity.tokens import hash_of, new_token
from api.people.models import Person
from api.settings import Settings

COOKIE_PATH = "/oidc"


@dataclass(frozen=True)
class Level:
    """How strong a login is (`acr`), by which methods (`amr`, RFC 8176)."""

    acr: str
    amr: tuple[str, ...]


PASSWORD_ONLY = Level("pwd", ("pwd",))
PASSWORD_AND_CODE = Level("mfa", ("pwd", "otp", "mfa"))
# What no imitation of our pages can ask for ("phishing-resistant", OpenID Connect Extended Authentication Profile).
PASSKEY = Level("phr", ("pop", "user", "mfa"))
LEVELS = (PASSWORD_ONLY, PASSWORD_AND_CODE, PASSKEY)


def cookie_name(settings: Settings) -> str:
    """Return the name of the provider's cookie; its path keeps it away from the pages."""
    return "__Secure-enclave_provider" if is_https(settings) else "enclave_provider"


def set_cookie(response: Response, settings: Settings, token: str) -> None:
    """Give the browser the token of its login at the provider."""
    secure = is_https(settings)
    response.set_cookie(
        cookie_name(settings), token, path=COOKIE_PATH, secure=secure, httponly=True, samesite="lax"
    )


def clear_cookie(response: Response, settings: Settings) -> None:
    """Take the token of the provider away from the browser."""
    secure = is_https(settings)
    response.delete_cookie(
        cookie_name(settings), path=COOKIE_PATH, secure=secure, httponly=True, samesite="lax"
    )


def start_login(
    session: Session, person: Person, settings: Settings, level: Level = PASSWORD_ONLY
) -> tuple[ProviderLogin, str]:
    """Begin a login of `person`, who has just proven what `level` says; return it with the token for the cookie."""
    token = new_token()
    row = ProviderLogin(
        id_hash=hash_of(token),
        sid=random_source.token_hex(16),
        person_id=person.id,
        acr=level.acr,
        amr=list(level.amr),
        expires_at=now() + dt.timedelta(seconds=settings.session_seconds),
    )
    session.add(row)
    session.flush()
    return row, token


def find_login(session: Session, token: str | None) -> ProviderLogin | None:
    """Return the login in force that the cookie names; None when unknown, over, or the person suspended."""
    if not token:
        return None
    with_person = select(ProviderLogin).options(joinedload(ProviderLogin.person))
    row = session.scalar(with_person.where(ProviderLogin.id_hash == hash_of(token)))
    return row if row is not None and in_force(row) else None


def in_force(row: ProviderLogin) -> bool:
    """Tell whether this login still stands for somebody."""
    return row.ended_at is None and now() < row.expires_at and row.person.suspended_at is None


def end_login(session: Session, sid: str) -> ProviderLogin | None:
    """End the login `sid` and return it; None when there is none or it ended before."""
    row = session.scalar(
        select(ProviderLogin).where(ProviderLogin.sid == sid, ProviderLogin.ended_at.is_(None))
    )
    if row is not None:
        row.ended_at = now()
    return row
