"""How much one person may ask: a brake on flooding checkers and judges, and on leaking by the words of many requests.

A title or purpose is typed inside and read outside by its author before anybody checked it. That cannot be refused
(the author's own screen shows as much), but it can be kept from becoming a pipe.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.db import now
from api.errors import TooManyRequestsError
from api.people.models import Person
from api.requests.models import OutputRequest, RequestRound, RequestState
from api.settings import Settings
from output_checker.text import Text

_DAY = dt.timedelta(days=1)
_UNJUDGED = (RequestState.SUBMITTED, RequestState.JUDGING)


def check_quota(session: Session, settings: Settings, author: Person) -> None:
    """Raise TooManyRequestsError when `author` has as many requests waiting, or made today, as one person may."""
    own = select(func.count()).select_from(OutputRequest).where(OutputRequest.author_id == author.id)
    waiting = session.scalar(own.where(OutputRequest.state.in_(_UNJUDGED))) or 0
    if waiting >= settings.requests_waiting:
        raise TooManyRequestsError(
            "too_many_waiting",
            Text(
                f"Er wachten al {waiting} aanvragen van u op een oordeel van de dienst.",
                f"Already {waiting} requests of yours wait for the verdict of the service.",
            ),
            remedy=Text("Wacht tot die beoordeeld zijn.", "Wait until those are judged."),
        )
    # Going round again asks as much of everybody as a new request.
    rounds = select(func.count()).select_from(RequestRound).join(RequestRound.request)
    recent = rounds.where(OutputRequest.author_id == author.id, RequestRound.submitted_at > now() - _DAY)
    today = session.scalar(recent) or 0
    _check_day(settings, today)


def check_made_today(session: Session, settings: Settings, author: Person) -> None:
    """Raise TooManyRequestsError when `author` made as many requests today as one may, drafts among them.

    A draft holds words that nobody looked at, and may be withdrawn before it is submitted.
    """
    own = select(func.count()).select_from(OutputRequest).where(OutputRequest.author_id == author.id)
    _check_day(settings, session.scalar(own.where(OutputRequest.created_at > now() - _DAY)) or 0)


def _check_day(settings: Settings, today: int) -> None:
    if today >= settings.requests_per_day:
        raise TooManyRequestsError(
            "too_many_today",
            Text(
                f"U heeft in de afgelopen dag al {today} aanvragen gedaan.",
                f"You already made {today} requests in the past day.",
            ),
            remedy=Text("Probeer het morgen opnieuw.", "Try again tomorrow."),
        )
