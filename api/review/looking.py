"""Looking at what is restricted: figures that have not left are shown to a checker only once the audit tells so."""

from __future__ import annotations

from api.audit.service import record_view
from api.db import Database
from api.identity.dependencies import Login
from api.people.models import Role
from api.requests.models import OutputRequest


def record_looking(database: Database, login: Login, request: OutputRequest, shown: str) -> None:
    """Record that `login` is about to see `shown` of a request that they were found to be allowed to review.

    In a transaction of its own: call it before the answer is made. What cannot be recorded is not shown.
    """
    because = f"output checker of centre:{request.project.centre.slug}"
    about = {"shown": shown, "project": request.project.slug, "round": request.round}
    actor = login.actor(Role.CHECKER.value)
    record_view(database, actor, f"request:{request.number}", because, **about)
