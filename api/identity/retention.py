"""Forgetting logins: what is over for long enough goes, with what hangs from it. The audit keeps that they were there."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, exists, func, select
from sqlalchemy.orm import Session

from api.db import Base, now
from api.identity.models import (
    AccessToken,
    Account,
    Authenticator,
    AuthorizationCode,
    HeldForm,
    Invitation,
    PageSession,
    Passkey,
    ProviderLogin,
    RecoveryCode,
)
from api.people.models import Person


def forget_logins(session: Session, before: dt.datetime) -> dict[str, int]:
    """Remove sessions, tokens, codes and logins that were over `before`, and return how many of each.

    What something younger still refers to stays until that goes too. Forms that waited for a login go once nobody can
    get them back: they hold what people typed.
    """
    referred = exists().where(AccessToken.code_hash == AuthorizationCode.code_hash)
    used = exists().where(AuthorizationCode.login_id == ProviderLogin.id_hash)
    return {
        "forms": _drop(session, HeldForm, HeldForm.expires_at <= now()),
        "sessions": _drop(session, PageSession, _over(PageSession) < before),
        "tokens": _drop(session, AccessToken, AccessToken.expires_at < before),
        "codes": _drop(session, AuthorizationCode, AuthorizationCode.expires_at < before, ~referred),
        "logins": _drop(session, ProviderLogin, _over(ProviderLogin) < before, ~used),
    }


def forget_logins_of(session: Session, person: Person) -> None:
    """Remove everything by which `person` could log in, and the logins that there are."""
    logins = select(ProviderLogin.id_hash).where(ProviderLogin.person_id == person.id)
    codes = select(AuthorizationCode.code_hash).where(AuthorizationCode.login_id.in_(logins))
    _drop(session, AccessToken, AccessToken.code_hash.in_(codes))
    _drop(session, AuthorizationCode, AuthorizationCode.login_id.in_(logins))
    for kind in (
        ProviderLogin,
        PageSession,
        HeldForm,
        Invitation,
        RecoveryCode,
        Passkey,
        Authenticator,
        Account,
    ):
        _drop(session, kind, kind.person_id == person.id)


def _over(kind: type[PageSession] | type[ProviderLogin]) -> Any:
    return func.coalesce(kind.ended_at, kind.expires_at)


def _drop(session: Session, kind: type[Base], *which: ColumnElement[bool]) -> int:
    statement = delete(kind).where(*which).execution_options(synchronize_session=False)
    return cast(CursorResult[Any], session.execute(statement)).rowcount
