"""The tidying of each day: whatever was kept for as long as the settings say goes, and the audit tells how much."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy.orm import Session

from api.audit.service import SYSTEM, record
from api.db import Database, now
from api.files import drop_leftovers
from api.identity.retention import forget_logins
from api.inspection.retention import tidy_inspected
from api.logs import turn_logs
from api.notices.retention import forget_notices
from api.people.emptying import empty_people
from api.settings import Settings
from api.training.reminders import remind_of_training
from api.uploads.retention import EVERYTHING, tidy_uploads

Forget = Callable[[Session, dt.datetime], Mapping[str, int]]
FORGOTTEN: Final[tuple[tuple[str, Forget], ...]] = (
    ("session_days", forget_logins),
    ("notice_days", forget_notices),
    ("person_days", empty_people),
)
"""By the setting that says for how many days: what removes all that is older than a moment, and counts it."""


def tidy(database: Database, settings: Settings, _subject_id: int = EVERYTHING) -> None:
    """Remove what no longer has to be kept, and tell whose training runs out; again and again does no harm."""
    remind_of_training(database, settings)
    drop_leftovers(settings.directory("releases"))
    tidy_uploads(database, settings)
    tidy_inspected(database, settings)
    for name, forget in FORGOTTEN:
        kept_for = int(getattr(settings, name))
        with database.transaction() as session:
            counted = {
                what: number for what, number in forget(session, _days_ago(kept_for)).items() if number
            }
            if counted:
                record(session, SYSTEM, "retention.forget", name, f"kept for {kept_for} days", **counted)
    turn_logs(settings.directory("logs"), settings.log_days)


def _days_ago(number: int) -> dt.datetime:
    return now() - dt.timedelta(days=number)
