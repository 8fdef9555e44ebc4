"""What was kept of inspected files goes when no request needs it, after some days; the rest stays."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from api.audit.queries import Search, search
from api.jobs.tidying import tidy
from api.people.models import Role
from api.requests.models import RequestState
from api.requests.service import withdraw
from tests.api.factories import acting
from tests.api.flow import Flow, find
from tests.api.inspection.files import CODE, Files

pytestmark = pytest.mark.usefixtures("here")


def kept(flow: Flow) -> set[Path]:
    return set(flow.settings.directory("inspected").iterdir())


def grow_old(flow: Flow, days: float) -> None:
    for path in kept(flow):
        moment = time.time() - days * 24 * 3600
        os.utime(path, (moment, moment))


def take_back(flow: Flow, number: str) -> None:
    with flow.database.transaction() as session:
        request = find(session, number)
        withdraw(session, acting(request.author, Role.RESEARCHER), request)


def forgotten(flow: Flow) -> list[dict[str, Any]]:
    with flow.database.reading() as session:
        return [one.details for one in search(session, Search(action="retention.forget")).entries]


def test_what_a_request_needs_stays_and_what_none_needs_goes(flow: Flow, files: Files) -> None:
    needed = files.under_review()
    of_needed = kept(flow)
    needless = files.under_review(content=CODE + b"\n# other\n")
    take_back(flow, needless)
    grow_old(flow, flow.settings.upload_days + 1)
    tidy(flow.database, flow.settings)
    assert kept(flow) == of_needed
    assert len(of_needed) == 2
    assert forgotten(flow) == [{"files": 2}]
    tidy(flow.database, flow.settings)
    assert len(forgotten(flow)) == 1
    assert flow.state(needed) is RequestState.UNDER_REVIEW


def test_what_is_young_stays_and_so_does_what_is_stored_again(flow: Flow, files: Files) -> None:
    number = files.under_review()
    take_back(flow, number)
    grow_old(flow, flow.settings.upload_days - 1)
    tidy(flow.database, flow.settings)
    assert len(kept(flow)) == 2
    grow_old(flow, flow.settings.upload_days + 1)
    again = files.under_review()
    take_back(flow, again)
    tidy(flow.database, flow.settings)
    assert len(kept(flow)) == 2


def test_what_was_never_whole_goes(flow: Flow) -> None:
    part = flow.settings.directory("inspected") / ".0.part"
    part.touch()
    grow_old(flow, 2)
    tidy(flow.database, flow.settings)
    assert kept(flow) == set()
