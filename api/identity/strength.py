"""How strong a login is, and whether that is enough for what cannot be taken back (step-up, RFC 9470)."""

from __future__ import annotations

import datetime as dt

from api.db import now
from api.identity.models import PageSession
from api.settings import Settings


def counts_as_strong(acr: str, amr: list[str], settings: Settings) -> bool:
    """Tell whether a login of this level, by these methods, is one that the installation calls strong."""
    return acr in settings.strong_acr.split() or not set(amr).isdisjoint(settings.strong_amr.split())


def is_strong(session: PageSession, settings: Settings) -> bool:
    """Tell whether the login behind a session of the pages was strong, and is not older than allowed."""
    age = now() - session.auth_time
    recent = age <= dt.timedelta(seconds=settings.strong_seconds)
    return recent and counts_as_strong(session.acr, session.amr, settings)


def challenge(settings: Settings) -> str:
    """Return what a program is told it needs (WWW-Authenticate, RFC 9470, 3)."""
    return (
        'Bearer error="insufficient_user_authentication", '
        f'acr_values="{settings.strong_acr}", max_age="{settings.strong_seconds}"'
    )
