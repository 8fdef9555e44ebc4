"""A project whose researcher sits in a sandbox, with an upload, an inspected file, and views of the data on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from api.access.models import Grant, Project
from api.audit.service import Actor
from api.catalogue.views import materialise
from api.closing.deletion import note_counted, note_removed, tend_closings
from api.closing.models import Closing, Deletion
from api.closing.service import close_project, standing_closing
from api.db import Database
from api.people.models import Person, Role
from api.settings import Settings
from tests.api.factories import acting, days
from tests.api.flow import Flow

HOMES = [
    {"what": "homes", "files": 2, "directories": 1, "links": 0, "others": 0, "bytes": 5, "sha256": "a" * 64}
]


@dataclass(frozen=True)
class Office:
    """What happens to the project of a flow."""

    flow: Flow

    @property
    def database(self) -> Database:
        return self.flow.database

    @property
    def settings(self) -> Settings:
        return self.flow.settings

    def project(self, session: Session) -> Project:
        return session.get_one(Project, self.flow.world.project.id)

    def administrator(self, session: Session, *, second: bool = False) -> Actor:
        world = self.flow.world
        who = world.second_administrator if second else world.administrator
        return acting(session.get_one(Person, who.id), Role.ADMINISTRATOR)

    def close(self) -> int:
        with self.database.transaction() as session:
            actor, project = self.administrator(session), self.project(session)
            return close_project(session, actor, self.settings, project, "The question was answered.").id

    def end(self, days_ago: float) -> None:
        """Let the end date of the project be past."""
        with self.database.transaction() as session:
            self.project(session).valid_until = days(-days_ago)

    def let_time_pass(self) -> None:
        """Let the time to keep the work of the closed project be over, and the worker look."""
        with self.database.transaction() as session:
            closing = standing_closing(session, self.project(session))
            assert closing is not None
            closing.delete_after = days(-0.01)
        tend_closings(self.database, self.settings)

    def homes_gone(self) -> None:
        with self.database.transaction() as session:
            slug = self.project(session).slug
            note_counted(session, slug, HOMES)
            note_removed(session, slug)

    def closing(self) -> Closing | None:
        with self.database.reading() as session:
            return standing_closing(session, self.project(session))

    def deletion(self) -> Deletion:
        with self.database.reading() as session:
            closing = standing_closing(session, self.project(session))
            assert closing is not None
            assert closing.deletion is not None
            return closing.deletion

    def views(self) -> Path:
        """Make the project's view of the data, and return its directory."""
        with self.database.reading() as session:
            return materialise(self.settings, session, session.get_one(Grant, self.flow.world.grant.id))


@pytest.fixture
def office(flow: Flow) -> Office:
    return Office(flow)
