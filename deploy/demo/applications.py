"""Applications for projects that wait in the demo, so that whoever decides about them has something to read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from api.applications import service
from api.applications.content import Content, Wanted
from api.applications.models import Application
from api.audit.service import Actor
from api.db import now
from api.people.models import Centre, Person, Role

APPLICANT = "applicant"
_ASIDE = ("centre", "applicant", "approved_by", "wanted")
_YEAR = dt.timedelta(days=365)


def apply(
    session: Session,
    applicant: Person,
    centre: Centre,
    slug: str,
    words: dict[str, Any],
    office: Callable[[Role], Actor],
) -> Application:
    """Submit what `words` ask for, and let those in `approved_by` approve it; `office` finds who holds a role."""
    actor = Actor(applicant, APPLICANT)
    application = service.begin_application(session, actor, centre, slug, _content(words))
    service.submit(session, actor, application, application.newest.row_version)
    for role in words["approved_by"]:
        seen = application.newest.row_version
        service.approve(session, office(Role(role)), application, "Past in het werkprogramma.", seen)
    return application


def _content(words: dict[str, Any]) -> Content:
    today = now().date()
    said = {name: value for name, value in words.items() if name not in _ASIDE}
    return Content(
        **said,
        assessment_date=(today - _YEAR / 12).isoformat(),
        valid_until=(today + _YEAR).isoformat(),
        wanted=[Wanted(dataset, 1, **asked) for dataset, asked in words["wanted"].items()],
    )
