"""Applications for projects: begin, word, submit, approve, return, reject, withdraw, and ask for a change.

Each step stands in api/applications/states.py, and is one transaction with its audit record.
"""

from __future__ import annotations

from typing import Final, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.access.queries import project_by_slug
from api.applications.content import LONGEST_REASON, Content, digest_of, keep_content
from api.applications.models import Application, ApplicationState, ApplicationStep, ApplicationVersion
from api.applications.outcome import bring_about, check_runs
from api.applications.permissions import (
    approvals_of,
    check_user_can_apply,
    in_office,
    party_of,
    user_can_apply,
)
from api.applications.states import APPROVAL, EDITABLE, FINAL, Party, check_lawful
from api.applications.telling import tell_of_step
from api.audit.service import Actor, record
from api.db import now
from api.errors import ConflictError, NotAllowedError
from api.people import validation
from api.people.models import Centre, Person
from output_checker.text import Text

S = ApplicationState
SUBMITTED: Final = "submitted by the applicant"


def begin_application(
    session: Session, actor: Actor, centre: Centre, slug: str, content: Content
) -> Application:
    """Begin an application for a project at `centre`, as a draft that only its applicant sees.

    Raises NotAllowedError (see permissions.user_can_apply), ConflictError (`slug` is a project's) or InvalidError.
    """
    applicant = check_user_can_apply(actor, centre)
    _check_free(session, validation.slug(slug, "slug"))
    application = Application(number=_next_number(session), slug=slug, centre=centre, applicant=applicant)
    _add_version(session, application, content, "")
    _record(session, actor, application.newest, "begin", "application of one's own")
    return application


def begin_change(
    session: Session, actor: Actor, application: Application, content: Content, because: str
) -> ApplicationVersion:
    """Begin a change or extension of a project that runs: the next version, which takes the same steps.

    Raises NotAllowedError (not the applicant), ConflictError (there is no project, it was closed, or a version is
    under way) or InvalidError.
    """
    check_change(actor, application)
    why = validation.line(because, "because", LONGEST_REASON)
    version = _add_version(session, application, content, why)
    _record(session, actor, version, "begin", why)
    return version


def check_change(actor: Actor, application: Application) -> ApplicationVersion:
    """Return the newest version when its applicant, `actor`, may ask for a change now. Raises as `begin_change`."""
    _check_applicant(actor, application)
    check_user_can_apply(actor, application.centre)
    if application.project is None or application.newest.state not in FINAL:
        raise ConflictError(
            "no_change_now",
            Text(
                "Een wijziging kan alleen bij een lopend project, en één tegelijk.",
                "A change can be asked of a project that runs, and one at a time.",
            ),
        )
    check_runs(application.project)
    return application.newest


def reword(
    session: Session, actor: Actor, application: Application, content: Content, row_version: int
) -> ApplicationVersion:
    """Change what the newest version says, while nobody else is looking at it.

    Raises NotAllowedError (not the applicant), ConflictError (not now, or changed since) or InvalidError.
    """
    check_wording(actor, application)
    version = _as_seen(application, row_version)
    keep_content(session, version, content)
    version.row_version += 1
    _record(session, actor, version, "reword", "application of one's own")
    return version


def check_wording(actor: Actor, application: Application) -> ApplicationVersion:
    """Return the newest version when its applicant, `actor`, may change its words now. Raises as `reword`."""
    _check_applicant(actor, application)
    if application.newest.state not in EDITABLE:
        raise ConflictError(
            "not_editable",
            Text("Deze projectaanvraag is ingediend.", "This application was submitted."),
            remedy=Text("Trek haar in, of wacht op de beslissing.", "Withdraw it, or wait for the decision."),
        )
    return application.newest


def submit(session: Session, actor: Actor, application: Application, row_version: int) -> None:
    """Submit the newest version; each approval is asked anew, also those given before it came back.

    Raises NotAllowedError (not the applicant, or they may not apply any more) or ConflictError (not now, changed
    since, or the short name was taken).
    """
    _check_applicant(actor, application)
    check_user_can_apply(actor, application.centre)
    version = _as_seen(application, row_version)
    check_lawful(version.state, S.AT_CENTRE, Party.APPLICANT)
    if application.project is None:
        _check_free(session, application.slug)
    _step(session, actor, version, S.AT_CENTRE, SUBMITTED)


def withdraw(session: Session, actor: Actor, application: Application, reason: str) -> None:
    """Withdraw the newest version; a project that there is stays as it is.

    Raises NotAllowedError (not the applicant), ConflictError (it ended before) or InvalidError.
    """
    _check_applicant(actor, application)
    check_lawful(application.newest.state, S.WITHDRAWN, Party.APPLICANT)
    why = validation.line(reason, "reason", LONGEST_REASON)
    _step(session, actor, application.newest, S.WITHDRAWN, why)


def approve(session: Session, actor: Actor, application: Application, reason: str, row_version: int) -> None:
    """Approve the newest version; the last approval makes or changes the project in the same transaction.

    Raises NotAllowedError (it is not for them to decide), ConflictError (changed since, somebody who approved has left
    office, the applicant may apply no more, or the project cannot be made) or InvalidError.
    """
    version = _decidable(session, actor, application, row_version)
    why = validation.line(reason, "reason", LONGEST_REASON)
    _check_in_office(version)
    _check_still_applies(application)
    after = APPROVAL[version.state]
    _step(session, actor, version, after, why)
    if after is S.APPROVED:
        bring_about(session, actor, version)


def return_to_applicant(
    session: Session, actor: Actor, application: Application, reason: str, row_version: int
) -> None:
    """Give the newest version back to be changed. Raises as `approve`."""
    version = _decidable(session, actor, application, row_version)
    _step(session, actor, version, S.RETURNED, validation.line(reason, "reason", LONGEST_REASON))


def reject(session: Session, actor: Actor, application: Application, reason: str, row_version: int) -> None:
    """Reject the newest version for good; a project that there is stays as it is. Raises as `approve`."""
    version = _decidable(session, actor, application, row_version)
    _step(session, actor, version, S.REJECTED, validation.line(reason, "reason", LONGEST_REASON))


def _decidable(
    session: Session, actor: Actor, application: Application, row_version: int
) -> ApplicationVersion:
    """The newest version, about which `actor` may decide, as they saw it."""
    version = application.newest
    party = Party.NOBODY if actor.person is None else party_of(session, actor.person, version)
    if party in (Party.NOBODY, Party.APPLICANT):
        raise NotAllowedError(
            "not_your_decision",
            Text(
                "Deze beslissing is niet aan u: elke goedkeuring komt van een ander, en nooit van de aanvrager.",
                "This decision is not yours: each approval comes from another person, and never from the applicant.",
            ),
        )
    return _as_seen(application, row_version)


def _as_seen(application: Application, row_version: int) -> ApplicationVersion:
    if application.newest.row_version != row_version:
        raise ConflictError(
            "changed_since",
            Text("Deze projectaanvraag is intussen veranderd.", "This application changed meanwhile."),
            remedy=Text("Lees haar opnieuw.", "Read it again."),
        )
    return application.newest


def _check_in_office(version: ApplicationVersion) -> None:
    if not in_office(approvals_of(version), version.application.centre):
        raise ConflictError(
            "approver_left",
            Text(
                "Wie eerder goedkeurde heeft die rol niet meer.",
                "Somebody who approved before does not hold that role any more.",
            ),
            remedy=Text(
                "Geef de aanvraag terug, zodat zij opnieuw wordt ingediend.",
                "Return the application, so that it is submitted anew.",
            ),
        )


def _check_still_applies(application: Application) -> None:
    if not user_can_apply(application.applicant, application.centre):
        raise ConflictError(
            "applicant_left",
            Text(
                "De aanvrager mag hier geen project meer aanvragen: geschorst, een instelling die niet is gemachtigd, "
                "of zelf een rol bij dit centrum.",
                "The applicant may not apply here any more: suspended, of an institution that is not authorised, or "
                "holding a role at this centre.",
            ),
            remedy=Text("Geef de aanvraag terug of wijs haar af.", "Return the application, or reject it."),
        )


def _check_applicant(actor: Actor, application: Application) -> None:
    if actor.person is None or actor.person.id != application.applicant_id:
        raise NotAllowedError(
            "not_applicant", Text("Alleen de aanvrager mag dit.", "Only the applicant may do this.")
        )


def _check_free(session: Session, slug: str) -> None:
    if project_by_slug(session, slug) is not None:
        message = Text(f"Er is al een project {slug}.", f"There is a project {slug} already.")
        raise ConflictError("taken", message, field="slug")


def _next_number(session: Session) -> str:
    last = session.scalar(select(func.max(Application.id))) or 0
    return f"A-{now().year}-{last + 1:04d}"


def _add_version(
    session: Session, application: Application, content: Content, because: str
) -> ApplicationVersion:
    number = len(application.versions) + 1
    version = ApplicationVersion(version=number, state=S.DRAFT, row_version=1, because=because)
    # What is looked up for the words must not write a version that has none yet.
    with session.no_autoflush:
        application.versions.append(version)
        session.add(application)
        keep_content(session, version, content)
    return version


def _step(
    session: Session, actor: Actor, version: ApplicationVersion, after: ApplicationState, reason: str
) -> None:
    """Take one step; the callers know that it is lawful for `actor`."""
    person, before = _person(actor), version.state
    step = ApplicationStep(before=before, after=after, by_id=person.id, by=person, reason=reason)
    step.digest, version.state = digest_of(version), after
    version.steps.append(step)
    version.row_version += 1
    session.flush()
    _record(session, actor, version, after.value, reason, before=before, after=after)
    tell_of_step(session, version)


def _person(actor: Actor) -> Person:
    # Every caller has found out before that somebody acts.
    return cast(Person, actor.person)


def _record(
    session: Session, actor: Actor, version: ApplicationVersion, verb: str, because: str, **facts: str
) -> None:
    record(
        session,
        actor,
        f"application.{verb}",
        f"application:{version.application.number}",
        because,
        version=version.version,
        digest=digest_of(version),
        **facts,
    )
