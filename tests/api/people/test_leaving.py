"""Who left, and what goes of them and when: a name is gone for good, and what was decided still holds together."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.access.emergency import review_emergency
from api.access.models import EmergencyAccess, GrantProposal
from api.audit.chain import Link, first_broken
from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.db import Database
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.identity.accounts import create_account
from api.identity.invitations import invite
from api.identity.models import (
    AccessToken,
    Account,
    Authenticator,
    AuthorizationCode,
    HeldForm,
    Invitation,
    PageSession,
    Passkey,
    ProviderLogin,
    RecoveryCode,
)
from api.jobs.tasks import perform
from api.notices.mail import mail_notice
from api.notices.models import Notice, NoticeKind
from api.notices.service import tell
from api.people.emptying import LONG_ENOUGH, empty_people, empty_person
from api.people.leaving import leaver
from api.people.models import Person, Role
from api.people.service import appoint, end_appointment, reinstate, suspend
from api.review.models import Decision, Review
from api.secrets import SecretStore
from api.settings import Settings
from tests.api.applications.asking import approve, begin, register, submit, within
from tests.api.factories import World, acting, days, make_grant, make_official, make_person, withdraw
from tests.api.flow import FINE, Flow, find
from tests.api.test_tidying import add_login
from tests.api.web.reader import Reader, words

NAME, EMAIL = "Nina de Boer", "nina@heerlen.example"
WHY = "Asked for it."
OF_LOGINS = (
    AccessToken,
    AuthorizationCode,
    ProviderLogin,
    PageSession,
    HeldForm,
    Invitation,
    RecoveryCode,
    Passkey,
    Authenticator,
    Account,
    Notice,
)


@pytest.fixture
def old(database: Database, world: World) -> Person:
    """Somebody whose only grant ended six years ago, with everything that one can log in with."""
    with database.transaction() as session:
        nina = make_person(session, subject="k3f9", name=NAME, email=EMAIL, vetted=False)
        project = session.merge(world.project)
        make_grant(session, person=nina, project=project, valid_from=days(-2300), valid_until=days(-2200))
        create_account(session, SYSTEM, nina, "nina", "four quiet herons by the canal")
        invite(session, SYSTEM, nina)
        add_login(session, nina, "login", over=-1)
        tell(session, nina, NoticeKind.ACCESS_WITHDRAWN)
        of_nina = {"person_id": nina.id}
        session.add_all(
            [
                HeldForm(id="form", path="/", fields=[["title", NAME]], expires_at=days(1), **of_nina),
                RecoveryCode(code_hash="code", **of_nina),
                Passkey(credential_id="key", name=NAME, public_key="k", sign_count=0, **of_nina),
                Authenticator(concealed_secret="s", last_step=0, **of_nina),
            ]
        )
    return nina


def ended(session: Session, person: Person) -> dt.datetime | None:
    found = leaver(session, session.get_one(Person, person.id))
    assert found is not None
    return found.since


def left_of(database: Database) -> list[str]:
    """The tables of logins and notices in which there is anything."""
    with database.reading() as session:
        return [
            kind.__tablename__ for kind in OF_LOGINS if session.scalar(select(func.count()).select_from(kind))
        ]


def documents(database: Database) -> list[str]:
    with database.reading() as session:
        records = session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()
        assert first_broken(Link(r.seq, r.document, r.previous_hash, r.hash) for r in records) is None
        return [one.document for one in records]


class TestWhoLeft:
    def test_who_has_something_in_force_or_to_come_did_not(self, database: Database, world: World) -> None:
        with database.transaction() as session:
            later = make_person(session, vetted=False)
            make_grant(session, person=later, valid_from=days(9), valid_until=days(99))
            for person in (world.checker, world.administrator, world.researcher, later):
                assert leaver(session, session.get_one(Person, person.id)) is None

    def test_the_last_that_ended_counts(self, database: Database, old: Person) -> None:
        with database.transaction() as session:
            person = session.get_one(Person, old.id)
            before = ended(session, person)
            assert before is not None
            assert abs(before - days(-2200)) < dt.timedelta(minutes=5)
            appointment = appoint(session, SYSTEM, person, Role.CHECKER, None, days(1))
            assert leaver(session, person) is None
            end_appointment(session, SYSTEM, appointment, person)
            assert ended(session, person) == appointment.valid_until

    def test_of_a_grant_only_the_newest_version_counts_and_a_withdrawal_ends_it(
        self, database: Database, world: World
    ) -> None:
        with database.transaction() as session:
            person = make_person(session, vetted=False)
            grants = [
                make_grant(session, person=person, project=session.merge(world.project)) for _ in range(2)
            ]
            withdraw(session, grant=grants[0])
            assert leaver(session, person) is None
            withdrawal = withdraw(session, grant=grants[1])
            assert ended(session, person) == withdrawal.withdrawn_at

    def test_of_who_never_had_anything_nobody_can_tell(self, database: Database, world: World) -> None:
        with database.transaction() as session:
            person = make_person(session, vetted=False)
            found = leaver(session, person)
            assert found is not None
            assert (found.since, found.due_at(9)) == (None, None)
            empty_people(session, days(999))
            assert person.emptied_at is None

    def test_whose_output_is_still_judged_did_not_and_what_became_of_it_counts(self, flow: Flow) -> None:
        number = flow.under_review()
        with flow.database.transaction() as session:
            withdraw(session, grant=session.merge(flow.world.grant))
        with flow.database.reading() as session:
            assert leaver(session, flow.world.researcher) is None
        for checker in (flow.world.checker, flow.world.second_checker):
            flow.review(number, checker, Decision.REJECT)
        with flow.database.reading() as session:
            last = max(step.at for step in find(session, number).history)
            since = ended(session, flow.world.researcher)
            assert since is not None
            assert since >= last

    def test_whose_application_is_appraised_did_not_and_what_became_of_it_counts(
        self, database: Database, world: World
    ) -> None:
        with database.transaction() as session:
            world = within(session, world)
            register(session, world.steward)
            withdraw(session, grant=world.grant)
            application = begin(session, world)
            assert ended(session, world.researcher) == application.created_at
            submit(session, world, application)
            assert leaver(session, world.researcher) is None
            approve(session, world, application)
            assert ended(session, world.researcher) == application.newest.steps[-1].at

    def test_for_whom_access_is_proposed_did_not_until_that_expires(
        self, database: Database, world: World
    ) -> None:
        with database.transaction() as session:
            world = within(session, world)
            person = make_person(session, vetted=False)
            proposal = GrantProposal(
                person=person,
                project=world.project,
                role=Role.RESEARCHER,
                conditions=[],
                valid_from=days(0),
                valid_until=days(9),
                reason=WHY,
                basis={},
                proposed_by=world.administrator,
                expires_at=days(1),
            )
            session.add(proposal)
            session.flush()
            assert leaver(session, person) is None
            proposal.expires_at = days(-1)
            session.flush()
            assert leaver(session, person)

    def test_whose_emergency_nobody_looked_at_did_not_nor_who_let_them_in(
        self, database: Database, world: World
    ) -> None:
        with database.transaction() as session:
            world = within(session, world)
            person = make_person(session, vetted=False)
            giver = make_official(session, role=Role.ADMINISTRATOR)
            over = {"valid_from": days(-1), "valid_until": days(-0.9)}
            grant = make_grant(session, person=person, project=world.project, granted_by=giver, **over)
            grant.emergency = EmergencyAccess(reason=WHY, review_due_at=days(2))
            end_appointment(session, SYSTEM, giver.appointments[0], giver)
            assert (leaver(session, person), leaver(session, giver)) == (None, None)
            reviewer = acting(world.administrator, Role.ADMINISTRATOR)
            with pytest.raises(ConflictError):
                empty_person(session, reviewer, person, WHY)
            review_emergency(session, reviewer, grant, justified=True, comment=WHY)
            assert leaver(session, person)
            assert leaver(session, giver)


class TestEmptying:
    def test_the_worker_empties_who_left_long_enough_ago_and_nobody_else(
        self, database: Database, settings: Settings, world: World, old: Person
    ) -> None:
        with database.transaction() as session:
            young = make_person(session, subject="young", vetted=False)
            make_grant(session, person=young, valid_from=days(-1900), valid_until=days(-1825))
        assert len(left_of(database)) == len(OF_LOGINS)
        for _ in range(2):
            perform(settings, "tidy", 0)
        assert left_of(database) == []
        with database.reading() as session:
            emptied = session.scalars(select(Person).where(Person.emptied_at.is_not(None))).all()
            (nina,) = emptied
            assert (nina.subject, nina.name) == ("k3f9", f"P-{nina.id:05d}")
            assert nina.email == f"p-{nina.id}@emptied.invalid"
            assert nina.suspended_at is not None
        said = [one for one in documents(database) if "person.empty" in one or "retention.forget" in one]
        assert len(said) == 2
        assert "person:k3f9" in said[0]
        assert LONG_ENOUGH in said[0]
        assert not any(secret in one for one in documents(database) for secret in (NAME, EMAIL))

    def test_votes_and_grants_stay_and_the_chain_holds(self, flow: Flow) -> None:
        number = flow.submit(FINE)
        flow.judge(number)
        flow.review(number, flow.world.checker)
        with flow.database.transaction() as session:
            checker = session.get_one(Person, flow.world.checker.id)
            for appointment in checker.appointments:
                end_appointment(session, SYSTEM, appointment, checker)
            before = checker.name
            empty_person(session, acting(flow.world.administrator, Role.ADMINISTRATOR), checker, WHY)
        with flow.database.reading() as session:
            (vote,) = session.scalars(select(Review))
            assert vote.checker.subject == "checker"
            assert vote.checker.name.startswith("P-")
            assert vote.checker.evidence
            assert vote.checker.name != before
        assert WHY in documents(flow.database)[-1]

    def test_who_is_here_or_was_emptied_is_not_emptied(
        self, database: Database, world: World, old: Person
    ) -> None:
        administrator = acting(world.administrator, Role.ADMINISTRATOR)
        with database.transaction() as session:
            person = session.get_one(Person, old.id)
            with pytest.raises(ConflictError, match="still has a role or access"):
                empty_person(session, administrator, session.get_one(Person, world.researcher.id), WHY)
            with pytest.raises(InvalidError):
                empty_person(session, administrator, person, " ")
            assert person.name == NAME
            empty_person(session, administrator, person, WHY)
            with pytest.raises(NotAllowedError) as refused:
                empty_person(session, administrator, person, WHY)
            assert refused.value.code == "person_emptied"

    @pytest.mark.parametrize("name", ["second_administrator", "steward", "auditor", "researcher", "checker"])
    def test_only_an_administrator_of_all_centres_empties_early(
        self, database: Database, world: World, old: Person, name: str
    ) -> None:
        with database.transaction() as session:
            actor = acting(getattr(world, name), Role.ADMINISTRATOR)
            with pytest.raises(NotAllowedError):
                empty_person(session, actor, session.get_one(Person, old.id), WHY)

    def test_nobody_comes_back_under_an_emptied_name(
        self, database: Database, world: World, old: Person
    ) -> None:
        administrator = acting(world.administrator, Role.ADMINISTRATOR)
        with database.transaction() as session:
            person = session.get_one(Person, old.id)
            empty_person(session, administrator, person, WHY)
            for attempt in (
                lambda: reinstate(session, administrator, person),
                lambda: suspend(session, administrator, person, WHY),
                lambda: appoint(session, SYSTEM, person, Role.CHECKER, None),
                lambda: invite(session, administrator, person),
            ):
                with pytest.raises(NotAllowedError):
                    attempt()
            # Who took a file is told of its end, in an inbox and by mail: here is nobody to tell.
            tell(session, person, NoticeKind.REVOKED)
        assert left_of(database) == []

    def test_mail_that_was_not_sent_yet_is_not_sent_any_more(
        self, database: Database, settings: Settings, secrets: SecretStore
    ) -> None:
        # There is no mail server: whoever tried to reach one would fail.
        mail_notice(database, settings, secrets, 999)
        assert documents(database) == []


class TestPages:
    def test_an_administrator_sees_who_is_due_and_empties_early(
        self, reader: Reader, world: World, old: Person
    ) -> None:
        reader.be(world.administrator)
        assert NAME in words(reader.open("/admin/leavers"))
        (one,) = [one for one in reader.client.get("/api/leavers").json() if one["subject"] == "k3f9"]
        assert one["due_at"] > one["since"]
        here = "/admin/people/k3f9"
        assert "Empty them now" in words(reader.open(here))
        assert reader.send(f"{here}/empty", reason="").status_code == 422
        assert reader.send(f"{here}/empty", reason=WHY).status_code == 303
        shown = words(reader.open(here))
        assert "The personal data were emptied" in shown
        assert NAME not in shown
        assert EMAIL not in shown
        assert "Empty them now" not in shown
        assert NAME not in reader.open("/admin/leavers").text + reader.open("/admin/people").text
        assert "Emptied" in words(reader.open("/admin/people?search=k3f9"))
        assert "k3f9" not in reader.open("/admin/proposals").text
        assert reader.client.get("/api/people/k3f9").json()["emptied"] is True

    def test_an_administrator_of_one_centre_reads_and_does_not_empty(
        self, reader: Reader, world: World, old: Person
    ) -> None:
        reader.be(world.second_administrator)
        shown = words(reader.open("/admin/people/k3f9"))
        assert "Without role or access since" in shown
        assert "Empty them now" not in shown
        assert reader.send("/admin/people/k3f9/empty", reason=WHY).status_code == 403

    def test_a_program_empties_with_a_reason(self, reader: Reader, world: World, old: Person) -> None:
        reader.be(world.administrator)
        headers = {"X-CSRF-Token": reader.csrf}
        address = "/api/people/k3f9/emptying"
        assert reader.client.post(address, json={"reason": WHY}).status_code == 403
        answer = reader.client.post(address, json={"reason": WHY}, headers=headers)
        assert (answer.status_code, answer.json()["emptied"]) == (201, True)
        assert reader.client.post(address, json={"reason": WHY}, headers=headers).status_code == 403
