"""What may be used only once, such as the challenge that a passkey signed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete
from sqlalchemy.orm import Session

from api.db import now
from api.identity.models import UsedOnce
from api.identity.tokens import hash_of


def use_once(session: Session, value: str, seconds: int) -> bool:
    """Tell whether `value`, which is good for `seconds`, was not used before, and remember that it is now.

    The caller's transaction lets one of two simultaneous uses through.
    """
    session.execute(delete(UsedOnce).where(UsedOnce.expires_at <= now()))
    if session.get(UsedOnce, hash_of(value), with_for_update=True) is not None:
        return False
    session.add(UsedOnce(value_hash=hash_of(value), expires_at=now() + dt.timedelta(seconds=seconds)))
    session.flush()
    return True
