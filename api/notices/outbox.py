"""From notice to mail job: notices themselves are the outbox, so that who writes one need not know whether mail is on."""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.db import now
from api.jobs.service import JobKind, enqueue
from api.notices.models import Notice, NoticeKind

MAILED: Final = frozenset(NoticeKind) - {NoticeKind.JUDGED, NoticeKind.APPROVED}
"""What is worth a mail: the two others are passed within seconds or tell nobody what to do."""

FRESH: Final = dt.timedelta(days=1)
"""Older notices are not mailed any more: switching mail on must not send the past."""


def is_mail_waiting(session: Session) -> bool:
    """Tell whether a notice has no job for its mail yet, without the write lock."""
    return session.scalar(_waiting()) is not None


def queue_next_mail(session: Session) -> None:
    """Make the job of the oldest notice that has none yet; each notice gets one, once."""
    notice = session.scalar(_waiting().with_for_update(skip_locked=True))
    if notice is not None:
        notice.mail_queued_at = now()
        enqueue(session, JobKind.MAIL, notice.id, 1)


def _waiting() -> Select[Notice]:
    fresh = Notice.created_at > now() - FRESH
    unqueued = Notice.mail_queued_at.is_(None), Notice.kind.in_(MAILED)
    return select(Notice).where(fresh, *unqueued).order_by(Notice.id).limit(1)
