"""Forgetting notices that were read long ago; what they told of stands in the request and in the audit."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from sqlalchemy import CursorResult, delete
from sqlalchemy.orm import Session

from api.notices.models import Notice
from api.people.models import Person


def forget_notices(session: Session, before: dt.datetime) -> dict[str, int]:
    """Remove notices that were read `before`, and return how many; unread ones stay."""
    statement = delete(Notice).where(Notice.read_at < before).execution_options(synchronize_session=False)
    return {"notices": cast(CursorResult[Any], session.execute(statement)).rowcount}


def forget_notices_of(session: Session, person: Person) -> None:
    """Remove every notice of `person`."""
    session.execute(delete(Notice).where(Notice.person_id == person.id))
