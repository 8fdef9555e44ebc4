"""Telling people in time that their training runs out."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from api.db import Database, now
from api.notices.models import NoticeKind
from api.notices.service import tell
from api.people.models import Evidence, EvidenceKind, Person
from api.settings import Settings
from api.training.models import Reminder
from api.training.service import trained_until


def remind_of_training(database: Database, settings: Settings) -> None:
    """Tell everybody whose training runs out soon, once for each evidence, unless they were suspended."""
    moment = now()
    soon = moment + dt.timedelta(days=settings.training_notice_days)
    kind, ends = Evidence.kind == EvidenceKind.TRAINING_PASSED, Evidence.valid_until
    told = select(Reminder.evidence_id)
    due = select(Evidence).where(kind, ends > moment, ends <= soon, Evidence.id.not_in(told))
    with database.transaction() as session:
        for evidence in session.scalars(due).unique().all():
            person = session.get_one(Person, evidence.person_id)
            # A newer test or a certificate may last longer: then nothing runs out.
            if person.suspended_at is None and trained_until(person) == evidence.valid_until:
                tell(session, person, NoticeKind.TRAINING_ENDS)
                session.add(Reminder(evidence_id=evidence.id))
