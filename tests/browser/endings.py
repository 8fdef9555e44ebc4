"""Projects that ended in each way, for the pages that show them."""

from __future__ import annotations

from api.closing.deletion import (
    delete_files,
    note_counted,
    note_problem,
    note_removed,
    tend_closings,
    unfinished_deletions,
)
from api.closing.service import close_project, propose_reopening
from api.people.models import Centre, Person, Role
from api.secrets import SecretStore
from tests.api.factories import acting, days, make_project
from tests.api.flow import Flow


def end_projects(flow: Flow) -> None:
    """A project that may open again, one of which a work folder is stuck, and one whose work was deleted."""
    with flow.database.transaction() as session:
        administrator = session.get_one(Person, flow.world.administrator.id)
        actor, centre = (
            acting(administrator, Role.ADMINISTRATOR),
            session.get_one(Centre, flow.world.centre.id),
        )
        for slug in ("closed", "stuck", "deleted"):
            project = make_project(session, slug=slug, centre=centre, title_nl="Woningen", title_en="Homes")
            closing = close_project(session, actor, flow.settings, project, "The question was answered.")
            if slug == "closed":
                propose_reopening(session, actor, project, "One figure was wrong.", days(30))
            else:
                closing.delete_after = days(-1)
    tend_closings(flow.database, flow.settings)
    with flow.database.transaction() as session:
        note_problem(session, "stuck", "Operation not permitted", 3)
        counts = {"links": 1, "others": 0, "directories": 40, "sha256": "4f" * 32}
        homes = [
            {"what": "homes", "files": 1234, "bytes": 987_654_321, **counts},
            {"what": "home", "person": "researcher", "files": 1234, "bytes": 987_654_321, **counts},
        ]
        note_counted(session, "deleted", homes)
        note_removed(session, "deleted")
        number = next(one.closing_id for one in unfinished_deletions(session) if one.homes)
    delete_files(flow.database, flow.settings, SecretStore(flow.settings.directory("secrets")), number)
