"""What is decided about an institution's use of microdata: each decision is a record that is kept as it was made."""

from __future__ import annotations

import datetime as dt
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from api.audit.service import Actor, record
from api.db import now
from api.errors import ConflictError, InvalidError
from api.people import validation
from api.people.models import Authorisation, Institution
from api.people.permissions import check_user_can_appoint
from output_checker.text import Text

FIRST: Final = "first authorisation"
LONGEST: Final = dt.timedelta(days=3 * 365 + 1)
"""An authorisation lasts three years at most (policy rule CSB-2021-072, Stcrt. 2021, 36083)."""


class Terms(NamedTuple):
    """On what basis an institution may use microdata, from the first moment up to (not including) the last."""

    legal_basis: str
    begin: dt.datetime
    end: dt.datetime


def authorise(
    session: Session, actor: Actor, institution: Institution, terms: Terms, reason: str
) -> Authorisation:
    """Authorise an institution anew; one that begins before the present one ends prolongs it.

    Raises NotAllowedError or InvalidError: a period that ends before it begins or lasts longer than three years, or a
    gap after an authorisation that still runs, which would end all work at once instead of later.
    """
    check_user_can_appoint(actor, None)
    runs = institution.authorised_from <= now() < institution.authorised_until
    if runs and terms.begin > institution.authorised_until:
        message = Text(
            nl="De huidige machtiging loopt nog; laat deze uiterlijk beginnen als die eindigt.",
            en="The present authorisation still runs; let this one begin when that ends at the latest.",
        )
        raise InvalidError("gap", message, field="authorised_from")
    if terms.end - terms.begin > LONGEST:
        message = Text(nl="Een machtiging duurt hoogstens drie jaar.", en="At most three years.")
        raise InvalidError("too_long", message, field="authorised_until")
    begin = min(terms.begin, institution.authorised_from) if runs else terms.begin
    return _decide(session, actor, institution, terms, begin, reason)


def end_authorisation(session: Session, actor: Actor, institution: Institution, reason: str) -> Authorisation:
    """End the use of microdata now; workplaces of its people end at their next check.

    Raises NotAllowedError, ConflictError (nothing runs now) or InvalidError.
    """
    check_user_can_appoint(actor, None)
    moment = now()
    if not institution.authorised_from < moment < institution.authorised_until:
        message = Text(
            nl="Deze instelling heeft nu geen machtiging.", en="This institution is not authorised now."
        )
        raise ConflictError("not_authorised", message)
    terms = Terms(institution.legal_basis, institution.authorised_from, moment)
    return _decide(session, actor, institution, terms, terms.begin, reason)


def decide_authorisation(
    session: Session, actor: Actor, institution: Institution, terms: Terms, reason: str
) -> Authorisation:
    """Keep a decision of which the caller knows that `actor` may take it; it replaces what held. Raises InvalidError."""
    return _decide(session, actor, institution, terms, terms.begin, reason)


def _decide(
    session: Session,
    actor: Actor,
    institution: Institution,
    terms: Terms,
    begin: dt.datetime,
    reason: str,
) -> Authorisation:
    validation.period(terms.begin, terms.end)
    why = validation.line(reason, "reason")
    decision = Authorisation(
        legal_basis=validation.line(terms.legal_basis, "legal_basis"),
        valid_from=terms.begin,
        valid_until=terms.end,
        reason=why,
        decided_by_id=actor.person.id if actor.person else None,
    )
    institution.legal_basis = decision.legal_basis
    institution.authorised_from, institution.authorised_until = begin, terms.end
    institution.authorisations.insert(0, decision)
    session.add(institution)
    session.flush()
    told = {"begin": terms.begin.isoformat(), "end": terms.end.isoformat(), "basis": decision.legal_basis}
    record(session, actor, "institution.authorise", f"institution:{institution.id}", why, **told)
    return decision
