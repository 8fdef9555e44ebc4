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


def check_quota(
    session: Session, settings: Settings, author: Person, draft: OutputRequest | None = None
) -> None:
    """Raise TooManyRequestsError when `author` has as many requests waiting, or made today, as one person may.

    `draft` is what is written or submitted now, which counts already.
    """
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
    today = _made_today(session, author, draft)
    if today >= settings.requests_per_day:
        raise TooManyRequestsError(
            "too_many_today",
            Text(
                f"U heeft in de afgelopen dag al {today} aanvragen gedaan.",
                f"You already made {today} requests in the past day.",
            ),
            remedy=Text("Probeer het morgen opnieuw.", "Try again tomorrow."),
        )


def _made_today(session: Session, author: Person, draft: OutputRequest | None) -> int:
    """How many rounds `author` submitted today, and drafts they began that never were.

    Going round again asks as much of everybody as a new request. A draft holds words that nobody looked at, also when it
    was withdrawn before it was submitted.
    """
    since = now() - _DAY
    rounds = select(func.count()).select_from(RequestRound).join(RequestRound.request)
    submitted = rounds.where(OutputRequest.author_id == author.id, RequestRound.submitted_at > since)
    begun = select(func.count()).select_from(OutputRequest)
    drafts = begun.where(
        OutputRequest.author_id == author.id,
        OutputRequest.created_at > since,
        OutputRequest.id != (draft.id if draft else 0),
        ~OutputRequest.rounds.any(),
    )
    return (session.scalar(submitted) or 0) + (session.scalar(drafts) or 0)
