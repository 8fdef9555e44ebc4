"""Between preparing a submission and storing it the world can change."""

from __future__ import annotations

import pytest

from api.access.models import DatasetView, Sandbox
from api.errors import ConflictError, NotAllowedError
from api.requests.submission import Prepared, prepare
from tests.api.factories import make_grant, withdraw
from tests.api.flow import FINE, Flow

KEY = "the-same-key-twice-over"


def prepared(flow: Flow) -> Prepared:
    with flow.database.reading() as session:
        sandbox = session.get_one(Sandbox, flow.sandbox_id)
        document = {"title": "Incomes", "purpose": "Policy.", "query": FINE}
        return prepare(session, flow.settings, sandbox.grant, document, KEY)


def test_a_view_that_is_gone_by_then_takes_no_request(flow: Flow) -> None:
    waiting = prepared(flow)
    with flow.database.transaction() as session:
        for view in session.query(DatasetView):
            session.delete(view)
    with pytest.raises(ConflictError) as refused:
        flow.send(waiting)
    assert refused.value.code == "view_changed"


def test_a_view_that_shows_something_else_by_then_takes_no_request(flow: Flow) -> None:
    waiting = prepared(flow)
    with flow.database.transaction() as session:
        for view in session.query(DatasetView):
            view.row_filter = "income >= 10100"
    with pytest.raises(ConflictError) as refused:
        flow.send(waiting)
    assert refused.value.code == "view_changed"


def test_access_that_ended_by_then_takes_no_request(flow: Flow) -> None:
    waiting = prepared(flow)
    with flow.database.transaction() as session:
        sandbox = session.get_one(Sandbox, flow.sandbox_id)
        person, project = sandbox.grant.person, sandbox.grant.project
        withdraw(session, grant=make_grant(session, person=person, project=project))
    with pytest.raises(NotAllowedError):
        flow.send(waiting)


def test_what_was_prepared_twice_is_stored_once(flow: Flow) -> None:
    first, second = prepared(flow), prepared(flow)
    assert flow.send(first) == flow.send(second) == flow.send(prepared(flow))
