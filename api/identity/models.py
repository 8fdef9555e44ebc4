"""Tables of the embedded provider (accounts, codes, its own logins) and of the sessions of the pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from api.db import Base, now
from api.people.models import Person


class Account(Base):
    """A local account at the embedded provider; `password_hash` is argon2id."""

    __tablename__ = "account"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    login_name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    failed_attempts: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None]
    code_failures: Mapped[int] = mapped_column(default=0, server_default="0")
    codes_locked_until: Mapped[dt.datetime | None]
    person: Mapped[Person] = relationship()


class Authenticator(Base):
    """An app that shows a new code every 30 seconds (TOTP, RFC 6238); codes up to `last_step` were used or passed by."""

    __tablename__ = "authenticator"
    person_id: Mapped[int] = mapped_column(ForeignKey("account.person_id"), primary_key=True)
    concealed_secret: Mapped[str]
    last_step: Mapped[int]
    added_at: Mapped[dt.datetime] = mapped_column(default=now)


class Passkey(Base):
    """A key pair of which the private half stays in a person's device (WebAuthn); ids and keys are base64url."""

    __tablename__ = "passkey"
    credential_id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("account.person_id"), index=True)
    name: Mapped[str]
    public_key: Mapped[str]
    sign_count: Mapped[int]
    added_at: Mapped[dt.datetime] = mapped_column(default=now)
    last_used_at: Mapped[dt.datetime | None]


class UsedOnce(Base):
    """Something that was used and must not be used again, until it would be too old anyway; only its hash is kept."""

    __tablename__ = "used_once"
    value_hash: Mapped[str] = mapped_column(primary_key=True)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class RecoveryCode(Base):
    """A code on paper, for who lost the other factors; it works once."""

    __tablename__ = "recovery_code"
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("account.person_id"), index=True)
    used_at: Mapped[dt.datetime | None]


class Invitation(Base):
    """A link that lets one person set a password and a second factor, once; only its hash is kept."""

    __tablename__ = "invitation"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    person: Mapped[Person] = relationship()


class ProviderLogin(Base):
    """A login at the provider (single sign-on of its clients); the cookie holds what `id_hash` is the hash of."""

    __tablename__ = "provider_login"
    id_hash: Mapped[str] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    auth_time: Mapped[dt.datetime] = mapped_column(default=now)
    acr: Mapped[str]
    amr: Mapped[list[str]]
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    person: Mapped[Person] = relationship()


class AuthorizationCode(Base):
    """A code that is exchanged once; what was asked with it stands in `request`."""

    __tablename__ = "authorization_code"
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str]
    login_id: Mapped[str] = mapped_column(ForeignKey("provider_login.id_hash"))
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    login: Mapped[ProviderLogin] = relationship()


class AccessToken(Base):
    """A short-lived token of a client, good for the userinfo endpoint only; revoked when its code is replayed."""

    __tablename__ = "access_token"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    code_hash: Mapped[str] = mapped_column(ForeignKey("authorization_code.code_hash"), index=True)
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    code: Mapped[AuthorizationCode] = relationship()


class PageSession(Base):
    """A session of the pages, after a login at the issuer; `sid` ends it from there, `id_token` ends the login there."""

    __tablename__ = "page_session"
    id_hash: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    sid: Mapped[str | None] = mapped_column(index=True)
    acr: Mapped[str]
    amr: Mapped[list[str]]
    auth_time: Mapped[dt.datetime]
    csrf_token: Mapped[str]
    id_token: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    last_seen_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    person: Mapped[Person] = relationship()


class HeldForm(Base):
    """What a person sent from a page of ours before they had to log in again; only they get it back."""

    __tablename__ = "held_form"
    id: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    path: Mapped[str]
    fields: Mapped[list[list[str]]] = mapped_column(JSON)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
