"""Changes to projects and access: opening, showing data, granting and withdrawing, each with its audit record.

Grants are immutable: a change is a new version that replaces the older one, and an end before time is a withdrawal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final, NotRequired, TypedDict, Unpack, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.access.conditions import parse
from api.access.decision import Door, check_access, current_grant
from api.access.models import DatasetView, Disagreement, Grant, Project, Withdrawal
from api.access.permissions import check_user_can_administer
from api.access.queries import grants_of, project_by_slug
from api.access.sandboxes import end_sandboxes_beyond, end_sandboxes_of
from api.access.scope import datasets_under, views_under
from api.audit.service import Actor, record
from api.catalogue.models import DatasetVersion
from api.catalogue.views import check_view
from api.errors import ConflictError, InvalidError
from api.notices.models import NoticeKind
from api.notices.service import tell
from api.people import validation
from api.people.models import Centre, Person, Role
from output_checker.policy import preset_names
from output_checker.text import Text

__all__ = [
    "Terms",
    "approve_view",
    "check_terms",
    "current_grant",
    "grants_of",
    "narrow_access",
    "open_project",
    "views_of",
    "withdraw_access",
    "write_grant",
    "write_project",
    "write_view",
]

MEMBER_ROLES = (Role.RESEARCHER, Role.ANALYST)
MOST_REVIEWERS = 5
LONGEST_REASON = 2000


class ProjectPlan(TypedDict):
    """What is said of a project when it opens; `policy` names a preset, `slug` goes into addresses."""

    slug: str
    centre: Centre
    title_nl: str
    title_en: str
    purpose: str
    research_question: str
    theme: str
    legal_basis: str
    policy: str
    reviewers_required: int
    on_disagreement: NotRequired[Disagreement]
    valid_from: dt.datetime
    valid_until: dt.datetime


_LONGEST: Final[dict[str, int]] = {
    "title_nl": validation.LONGEST_LINE,
    "title_en": validation.LONGEST_LINE,
    "purpose": validation.LONGEST_TEXT,
    "research_question": validation.LONGEST_TEXT,
    "theme": validation.LONGEST_LINE,
    "legal_basis": validation.LONGEST_LINE,
}


def open_project(session: Session, actor: Actor, **plan: Unpack[ProjectPlan]) -> Project:
    """Open a project; its number is the next free one, and never given again.

    Raises NotAllowedError (no administrator of the centre), ConflictError (the slug is taken) or InvalidError.
    """
    check_user_can_administer(actor.person, plan["centre"])
    return write_project(session, actor, "administrator of the centre", **plan)


def write_project(session: Session, actor: Actor, because: str, **plan: Unpack[ProjectPlan]) -> Project:
    """Write a project that may be opened: whether `actor` may is for the callers.

    Raises ConflictError (the slug is taken) or InvalidError.
    """
    _check_plan(session, plan)
    number = (session.scalar(select(func.max(Project.number))) or 0) + 1
    words = {name: validation.line(str(plan[name]), name, longest) for name, longest in _LONGEST.items()}  # type: ignore[literal-required]
    project = Project(number=number, **(plan | words))
    session.add(project)
    session.flush()
    subject, centre = f"project:{project.slug}", project.centre.slug
    record(session, actor, "project.open", subject, because, centre=centre)
    return project


def _check_plan(session: Session, plan: ProjectPlan) -> None:
    validation.period(plan["valid_from"], plan["valid_until"])
    if plan["policy"] not in preset_names():
        raise _invalid("policy", Text(nl="Dit beleid bestaat niet.", en="There is no such policy."))
    if not 1 <= plan["reviewers_required"] <= MOST_REVIEWERS:
        choice = Text(nl=f"Kies 1 tot {MOST_REVIEWERS}.", en=f"Choose 1 to {MOST_REVIEWERS}.")
        raise _invalid("reviewers_required", choice)
    if project_by_slug(session, validation.slug(plan["slug"], "slug")):
        message = Text(nl=f"{plan['slug']} bestaat al.", en=f"{plan['slug']} exists already.")
        raise ConflictError("taken", message, field="slug")


def approve_view(
    session: Session,
    actor: Actor,
    project: Project,
    dataset_version: DatasetVersion,
    columns: Sequence[str],
    row_filter: str | None,
) -> DatasetView:
    """Let `project` see these columns, and the rows for which `row_filter` holds (None: all), of one dataset version.

    Raises NotAllowedError (no steward of the centre), ConflictError (a view of this version was approved
    before) or InvalidError (see catalogue.views.check_view).
    """
    check_access(session, Door.APPROVE_VIEW, actor.person, project)
    view = DatasetView(
        dataset_version=dataset_version,
        columns=list(columns),
        row_filter=row_filter,
        approved_by_id=_person(actor).id,
    )
    return write_view(session, actor, project, view, "steward of the centre")


def write_view(
    session: Session, actor: Actor, project: Project, view: DatasetView, because: str
) -> DatasetView:
    """Add `view` to what `project` sees: whether its approver may is for the callers.

    Raises ConflictError (there is a view of this version) or InvalidError (see catalogue.views.check_view).
    """
    dataset_version = view.dataset_version
    check_view(dataset_version, view.columns, view.row_filter)
    if any(seen.dataset_version_id == dataset_version.id for seen in project.views):
        message = Text(
            nl="Dit project ziet deze versie van de dataset al.",
            en="This project sees this version of the dataset already.",
        )
        raise ConflictError("already_approved", message)
    project.views.append(view)
    session.flush()
    told = {"sha256": dataset_version.sha256, "columns": view.columns, "row_filter": view.row_filter}
    record(session, actor, "view.approve", f"project:{project.slug}", because, **told)
    return view


@dataclass(frozen=True, slots=True)
class Terms:
    """What a grant is to say: who, where, in which role, under which conditions (documents), from when until when.

    `datasets` names those of the project that it is for; None: all that the project sees, now and later.
    """

    person: Person
    project: Project
    role: Role
    conditions: Sequence[dict[str, Any]]
    valid_from: dt.datetime
    valid_until: dt.datetime
    datasets: Collection[str] | None = None


def check_terms(terms: Terms) -> dict[str, Any]:
    """Return the conditions and datasets of `terms` as they are kept.

    Raises InvalidError (role, period, a condition that is not known, a dataset that the project does not see).
    """
    if terms.role not in MEMBER_ROLES:
        raise _invalid("role", Text(nl="Kies onderzoeker of analist.", en="Choose researcher or analyst."))
    validation.period(terms.valid_from, terms.valid_until)
    return {
        "conditions": [parse(document).model_dump(mode="json") for document in terms.conditions],
        "datasets": None if terms.datasets is None else _some_of(terms.project, terms.datasets),
    }


def _some_of(project: Project, datasets: Collection[str]) -> list[str]:
    """The names of `datasets`, each once and in order: at least one, all of them in view of the project."""
    seen = {view.dataset_version.dataset.name for view in project.views}
    if not datasets:
        raise _invalid("datasets", Text("Kies minstens één dataset.", "Choose at least one dataset."))
    if unseen := set(datasets) - seen:
        others, names = ", ".join(sorted(unseen)), ", ".join(sorted(seen))
        message = Text(f"Dit project ziet {others} niet.", f"This project does not see {others}.")
        remedy = Text(f"Kies uit: {names}.", f"Choose from: {names}.") if names else None
        raise InvalidError("bad_datasets", message, field="datasets", remedy=remedy)
    return sorted(set(datasets))


def write_grant(session: Session, actor: Actor, terms: Terms, because: str, **told: Any) -> Grant:
    """Write the next version of a grant, which from now on is the only one that counts; `told` goes into its record.

    Workplaces that show more than it is for end in the same transaction. Whether `actor` may is for the callers (see
    proposals.py and emergency.py). Raises InvalidError.
    """
    kept = check_terms(terms)
    before = current_grant(session, terms.person, terms.project)
    grant = Grant(
        person=terms.person,
        project=terms.project,
        version=before.version + 1 if before else 1,
        role=terms.role,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        granted_by=_person(actor),
        **kept,
    )
    session.add(grant)
    session.flush()
    ended = end_sandboxes_beyond(session, grant, actor)
    told = _facts(grant) | {"sandboxes": ended} | told
    record(session, actor, "grant.give", f"grant:{grant.id}", because, **told)
    return grant


def _facts(grant: Grant) -> dict[str, Any]:
    """What the record of a grant says: also which data were in view, of those that it is for, when it was given."""
    return {
        "person": grant.person.subject,
        "project": grant.project.slug,
        "version": grant.version,
        "role": grant.role,
        "conditions": grant.conditions,
        "datasets": grant.datasets,
        "valid_from": grant.valid_from.isoformat(),
        "valid_until": grant.valid_until.isoformat(),
        "views": _told(views_under(grant)),
    }


def views_of(project: Project) -> list[dict[str, Any]]:
    """Return what `project` sees of the data, as it is told in records."""
    return _told(project.views)


def _told(views: Sequence[DatasetView]) -> list[dict[str, Any]]:
    return [
        {
            "sha256": view.dataset_version.sha256,
            "columns": list(view.columns),
            "row_filter": view.row_filter,
        }
        for view in views
    ]


def narrow_access(
    session: Session, actor: Actor, grant: Grant, datasets: Collection[str], reason: str
) -> Grant:
    """Let a grant go on for some of the datasets that its person sees, and end what shows more of them.

    One administrator suffices, as for withdrawing. `reason` goes into the audit. Raises AccessRefusedError (no
    administrator of the centre), ConflictError (withdrawn or replaced already) or InvalidError (nothing is left, or it is
    not less).
    """
    check_access(session, Door.ADMINISTER, actor.person, grant.project)
    _check_counts(session, grant)
    why = validation.line(reason, "reason", LONGEST_REASON)
    seen = datasets_under(grant)
    if not set(datasets) < set(seen):
        raise _invalid(
            "datasets",
            Text(
                f"Laat minstens één dataset weg van: {', '.join(seen)}.",
                f"Leave out at least one dataset of: {', '.join(seen)}.",
            ),
        )
    narrower = Terms(
        grant.person,
        grant.project,
        grant.role,
        grant.conditions,
        grant.valid_from,
        grant.valid_until,
        datasets,
    )
    narrowed = write_grant(session, actor, narrower, why, narrowed_from=grant.version)
    tell(session, grant.person, NoticeKind.ACCESS_NARROWED)
    return narrowed


def withdraw_access(session: Session, actor: Actor, grant: Grant, reason: str) -> Withdrawal:
    """End a grant now, and with it every sandbox of the person in the project, in the same transaction.

    `reason` is told to the person. Raises AccessRefusedError (no administrator of the centre), ConflictError
    (withdrawn already, or replaced by a newer version) or InvalidError.
    """
    check_access(session, Door.ADMINISTER, actor.person, grant.project)
    _check_counts(session, grant)
    why = validation.line(reason, "reason", LONGEST_REASON)
    withdrawal = Withdrawal(grant=grant, withdrawn_by=_person(actor), reason=why)
    session.add(withdrawal)
    session.flush()
    ended = end_sandboxes_of(session, grant.person, grant.project, "not_withdrawn", actor)
    record(session, actor, "grant.withdraw", f"grant:{grant.id}", why, sandboxes=ended)
    tell(session, grant.person, NoticeKind.ACCESS_WITHDRAWN)
    return withdrawal


def _check_counts(session: Session, grant: Grant) -> None:
    """Raise ConflictError unless `grant` is the newest version, and was not withdrawn."""
    newest = current_grant(session, grant.person, grant.project)
    if grant.withdrawal is not None or newest is None or newest.id != grant.id:
        message = Text(
            nl="Deze toegang is al ingetrokken of vervangen.",
            en="This access was withdrawn or replaced already.",
        )
        raise ConflictError("grant_over", message)


def _person(actor: Actor) -> Person:
    # Every caller has passed a door first, and no door opens for nobody.
    return cast(Person, actor.person)


def _invalid(field: str, message: Text) -> InvalidError:
    return InvalidError(f"bad_{field}", message, field=field)
