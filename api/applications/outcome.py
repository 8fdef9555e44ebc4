"""What an approval brings about, in its own transaction: the project and what it sees, or the change of both."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy.orm import Session

from api.access.models import DatasetView, Project
from api.access.sandboxes import end_sandboxes_in
from api.access.service import views_of, write_project, write_view
from api.applications.models import ApplicationState, ApplicationVersion, WantedDataset
from api.applications.permissions import approver_at
from api.audit.service import Actor, record
from api.db import now
from api.errors import ConflictError
from api.people import validation
from api.people.models import Person
from output_checker.text import Text

POLICY: Final = "essnet"
REVIEWERS: Final = 2
"""How a new project's output is checked; the centre arranges it otherwise where it may (see api/review)."""

_TAKEN_OVER: Final = (
    "title_nl",
    "title_en",
    "purpose",
    "research_question",
    "theme",
    "legal_basis",
    "valid_until",
)
DATA_CHANGED: Final = "data_changed"


def bring_about(session: Session, actor: Actor, version: ApplicationVersion) -> Project:
    """Make the project that `version` asks for, or change it, and return it.

    `actor` gave the last approval, the steward approved the data. Raises ConflictError (the short name was taken or the
    project closed meanwhile) or InvalidError (the end is past, or a variable is not there any more).
    """
    application = version.application
    if application.project is None:
        application.project = _made(session, actor, version)
    else:
        _change(session, actor, application.project, version)
    _settle_views(session, actor, application.project, version)
    return application.project


def check_runs(project: Project) -> None:
    """Raise ConflictError when `project` was closed: what was deleted cannot be changed."""
    if project.closed_at is not None:
        raise ConflictError(
            "project_closed",
            Text("Dit project is gesloten.", "This project was closed."),
            remedy=Text("Vraag een nieuw project aan.", "Apply for a new project."),
        )


def _made(session: Session, actor: Actor, version: ApplicationVersion) -> Project:
    application = version.application
    words: Any = {name: getattr(version, name) for name in _TAKEN_OVER}
    return write_project(
        session,
        actor,
        _because(version),
        slug=application.slug,
        centre=application.centre,
        policy=POLICY,
        reviewers_required=REVIEWERS,
        valid_from=now(),
        **words,
    )


def _change(session: Session, actor: Actor, project: Project, version: ApplicationVersion) -> None:
    check_runs(project)
    # Words are tested when they are written, and approving takes time.
    validation.period(now(), version.valid_until)
    changed = [name for name in _TAKEN_OVER if getattr(project, name) != getattr(version, name)]
    for name in changed:
        setattr(project, name, getattr(version, name))
    session.flush()
    end = version.valid_until.isoformat()
    record(
        session, actor, "project.change", _name(project), _because(version), changed=changed, valid_until=end
    )


def _settle_views(session: Session, actor: Actor, project: Project, version: ApplicationVersion) -> None:
    """Let the project see what is asked and nothing else; whoever works with what it saw before has to start anew."""
    steward, before = approver_at(version, ApplicationState.AT_STEWARD), views_of(project)
    wanted = {one.dataset_version_id: one for one in version.wanted}
    seen = {view.dataset_version_id: view for view in project.views}
    changed = [_changed(session, view, wanted.get(number), steward) for number, view in seen.items()]
    if any(changed):
        session.flush()
        record(session, actor, "view.change", _name(project), _because(version), before=before)
        end_sandboxes_in(session, project, DATA_CHANGED, actor)
    for number, one in wanted.items():
        if number not in seen:
            write_view(session, actor, project, _view(one, steward), _because(version))


def _changed(session: Session, view: DatasetView, wanted: WantedDataset | None, steward: Person) -> bool:
    """Make `view` what is wanted, and tell whether that changed it."""
    if wanted is None:
        view.project.views.remove(view)
        session.delete(view)
        return True
    if (sorted(view.columns), view.row_filter) == (sorted(wanted.variables), wanted.row_filter):
        return False
    view.columns, view.row_filter = list(wanted.variables), wanted.row_filter
    view.approved_by_id, view.approved_at = steward.id, now()
    return True


def _view(wanted: WantedDataset, steward: Person) -> DatasetView:
    return DatasetView(
        dataset_version=wanted.dataset_version,
        columns=list(wanted.variables),
        row_filter=wanted.row_filter,
        approved_by_id=steward.id,
    )


def _because(version: ApplicationVersion) -> str:
    return f"application {version.application.number} version {version.version}"


def _name(project: Project) -> str:
    return f"project:{project.slug}"
