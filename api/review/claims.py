"""Claims: checkers tell each other what they are looking at. A courtesy that keeps work from being done in vain.

No more people may claim a request than decisions are still wanted. A claim ends by itself when its checker has been
idle for a while, has decided, or gives it back. Deciding takes no claim: what keeps decisions apart is the lock.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit.service import Actor, record
from api.db import now
from api.errors import ConflictError
from api.people.models import Person
from api.requests.models import OutputRequest
from api.requests.service import locked
from api.review.models import Claim
from api.review.service import check_undecided, checker_of, reviews_needed, reviews_of_round
from api.settings import Settings
from output_checker.text import Text

_RENEW_AFTER = 0.1
"""Share of its life after which a claim is renewed by activity: not each click needs to write."""


def claims_of(session: Session, request: OutputRequest) -> list[Claim]:
    """Return the claims on a request that are in force, oldest first: not run out, and their checkers undecided."""
    decided = {review.checker_id for review in reviews_of_round(session, request)}
    statement = select(Claim).where(Claim.request_id == request.id, Claim.expires_at > now())
    claims = session.scalars(statement.order_by(Claim.claimed_at, Claim.id))
    return [claim for claim in claims if claim.checker_id not in decided]


def claim_request(session: Session, actor: Actor, settings: Settings, request: OutputRequest) -> Claim:
    """Claim a request that is under review, or renew one's claim.

    Raises NotAllowedError (every reason) or ConflictError (decided already, no longer under review, or others have
    claimed it: who, and for how long).
    """
    checker = checker_of(session, actor, request)
    locked(session, request)
    check_undecided(session, request, checker)
    claims = claims_of(session, request)
    others = [claim for claim in claims if claim.checker_id != checker.id]
    if len(claims) == len(others):
        _check_room(session, request, others)
    claim = _claim_of(session, request, checker) or _new(session, request, checker)
    if len(claims) == len(others):
        claim.claimed_at = now()
        record(session, actor, "review.claim", f"request:{request.number}", "output checker")
    _renew(claim, settings)
    session.flush()
    return claim


def give_back(session: Session, actor: Actor, request: OutputRequest, version: int) -> None:
    """End one's claim; `version` is that of the claim as the checker saw it.

    Raises NotAllowedError (every reason) or ConflictError (there is no claim in force, or it changed meanwhile).
    """
    checker = checker_of(session, actor, request)
    locked(session, request)
    claim = next((one for one in claims_of(session, request) if one.checker_id == checker.id), None)
    if claim is None or claim.version != version:
        raise ConflictError(
            "no_claim",
            Text(
                "U houdt deze aanvraag niet (meer) zo vast.",
                "You do not hold this request like that (any more).",
            ),
            field="version",
            remedy=Text("Bekijk de aanvraag opnieuw.", "Look at the request again."),
        )
    claim.version += 1
    claim.expires_at = now()
    session.flush()
    record(session, actor, "review.give_back", f"request:{request.number}", "output checker")


def is_stale(session: Session, settings: Settings, request: OutputRequest, person: Person) -> bool:
    """Tell whether `person` holds a claim that their activity should renew now."""
    life = dt.timedelta(seconds=settings.claim_seconds)
    mine = [claim for claim in claims_of(session, request) if claim.checker_id == person.id]
    return any(claim.expires_at - now() < life * (1 - _RENEW_AFTER) for claim in mine)


def _renew(claim: Claim, settings: Settings) -> None:
    claim.version += 1
    claim.expires_at = now() + dt.timedelta(seconds=settings.claim_seconds)


def _claim_of(session: Session, request: OutputRequest, checker: Person) -> Claim | None:
    return session.scalar(select(Claim).where(Claim.request_id == request.id, Claim.checker_id == checker.id))


def _new(session: Session, request: OutputRequest, checker: Person) -> Claim:
    claim = Claim(request=request, checker=checker, version=0, expires_at=now())
    session.add(claim)
    return claim


def _check_room(session: Session, request: OutputRequest, others: Sequence[Claim]) -> None:
    wanted = reviews_needed(session, request) - len(reviews_of_round(session, request))
    if len(others) < wanted:
        return
    names = ", ".join(claim.checker.name for claim in others)
    left = min(claim.expires_at for claim in others) - now()
    minutes = max(1, math.ceil(left.total_seconds() / 60))
    raise ConflictError(
        "claimed_by_others",
        Text(f"{names} bekijkt deze aanvraag al.", f"{names} already looks at this request."),
        remedy=Text(
            f"Neem een andere, of kom over {minutes} minuten terug.",
            f"Take another one, or come back in {minutes} minutes.",
        ),
    )
