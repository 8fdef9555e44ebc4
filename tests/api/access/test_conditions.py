"""Each condition, at the edges of its period and in both languages."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy.orm import Session

from api.access.circumstances import Circumstances, Met, Unmet
from api.access.conditions import DEFAULT_CONDITIONS, GRANTABLE, REGISTRY, parse, read_stored
from api.access.implied import BY_GRANT, NotSuspended, NotWithdrawn, OutsideProject, SeparateDuties
from api.access.models import Grant
from api.audit.service import SYSTEM
from api.db import Database
from api.errors import InvalidError
from api.people import service as people
from api.people.models import EvidenceKind, Role
from tests.api.factories import (
    DAY,
    days,
    make_centre,
    make_grant,
    make_institution,
    make_person,
    make_project,
    withdraw,
)

EVIDENCE = {
    "identity_checked": EvidenceKind.IDENTITY_CHECKED,
    "statement_signed": EvidenceKind.STATEMENT_SIGNED,
    "training_valid": EvidenceKind.TRAINING_PASSED,
    "employed": EvidenceKind.EMPLOYMENT,
}
BEGIN = dt.datetime(2026, 3, 1, 8, 0, tzinfo=dt.UTC)
END = dt.datetime(2027, 3, 1, 8, 0, tzinfo=dt.UTC)
A_SECOND = dt.timedelta(seconds=1)


def at_hand(grant: Grant, at: dt.datetime, *, ever_member: bool = True) -> Circumstances:
    return Circumstances(grant.person, grant.project, at, grant, ever_member)


def grant_with(session: Session, kind: EvidenceKind, *periods: tuple[dt.datetime, dt.datetime]) -> Grant:
    institution = make_institution(session, name="Gemeente Heerlen")
    person = make_person(session, vetted=False, institution=institution)
    for begin, end in periods:
        people.assert_evidence(session, SYSTEM, person, kind, "paper", begin, end)
    centre = make_centre(session, name="Urban Data Center Heerlen")
    return make_grant(session, person=person, project=make_project(session, centre=centre))


@pytest.mark.parametrize("name", EVIDENCE)
@pytest.mark.parametrize(
    ("at", "met"),
    [
        (BEGIN - A_SECOND, False),
        (BEGIN, True),
        (END - A_SECOND, True),
        (END, False),
        (END + DAY, False),
    ],
)
def test_evidence_counts_from_its_first_second_up_to_its_last(
    database: Database, name: str, at: dt.datetime, met: bool
) -> None:
    with database.transaction() as session:
        grant = grant_with(session, EVIDENCE[name], (BEGIN, END))
        answer = parse({"condition": name}).check(at_hand(grant, at))
        assert isinstance(answer, Met) is met


@pytest.mark.parametrize("name", EVIDENCE)
def test_missing_evidence_says_whom_to_go_to(database: Database, name: str) -> None:
    with database.transaction() as session:
        other = next(kind for kind in EvidenceKind if kind is not EVIDENCE[name])
        grant = grant_with(session, other, (BEGIN, END))
        answer = parse({"condition": name}).check(at_hand(grant, BEGIN))
        assert isinstance(answer, Unmet)
        assert answer.reason.nl.endswith("ontbreekt.")
        assert answer.reason.en.endswith("is missing.")
        for words in (answer.remedy.nl, answer.remedy.en):
            assert "Urban Data Center Heerlen" in words


def test_the_words_hold_dutch_time_and_both_languages(database: Database) -> None:
    with database.transaction() as session:
        grant = grant_with(session, EvidenceKind.TRAINING_PASSED, (BEGIN, END))
        condition = parse({"condition": "training_valid"})
        expired = condition.check(at_hand(grant, END))
        assert isinstance(expired, Unmet)
        assert expired.reason.nl == "Uw opleiding voor onderzoekers is verlopen op 1 maart 2027 om 09:00."
        assert expired.reason.en == "Your training for researchers ended on 1 March 2027 at 09:00."
        early = condition.check(at_hand(grant, BEGIN - A_SECOND))
        assert isinstance(early, Unmet)
        assert early.reason.en == "Your training for researchers begins on 1 March 2026 at 09:00."
        assert early.remedy.nl.startswith("Wacht tot 1 maart 2026 om 09:00.")
        valid = condition.check(at_hand(grant, BEGIN))
        assert isinstance(valid, Met)
        assert valid.fact.en == "Your training for researchers is valid until 1 March 2027 at 09:00."


def test_the_longest_lasting_evidence_that_has_begun_counts(database: Database) -> None:
    periods = [(BEGIN, BEGIN + DAY), (BEGIN, END), (BEGIN + 9 * DAY, END + 9 * DAY)]
    with database.transaction() as session:
        grant = grant_with(session, EvidenceKind.EMPLOYMENT, *periods)
        employed = parse({"condition": "employed"})
        now_valid = employed.check(at_hand(grant, BEGIN + 2 * DAY))
        assert isinstance(now_valid, Met)
        assert "1 March 2027" in now_valid.fact.en
        early = employed.check(at_hand(grant, BEGIN - A_SECOND))
        assert isinstance(early, Unmet)
        assert "1 March 2026" in early.reason.en


@pytest.mark.parametrize(
    ("at", "met"), [(BEGIN - A_SECOND, False), (BEGIN, True), (END - A_SECOND, True), (END, False)]
)
def test_the_institution_is_authorised_in_its_period(database: Database, at: dt.datetime, met: bool) -> None:
    with database.transaction() as session:
        institution = make_institution(
            session, name="Gemeente Heerlen", authorised_from=BEGIN, authorised_until=END
        )
        grant = make_grant(session, person=make_person(session, institution=institution))
        answer = parse({"condition": "institution_authorised"}).check(at_hand(grant, at))
        assert isinstance(answer, Met) is met
        words = answer.fact if isinstance(answer, Met) else answer.reason
        assert "Gemeente Heerlen" in words.nl


@pytest.mark.parametrize("name", ["grant_running", "project_running"])
@pytest.mark.parametrize(
    ("at", "met"), [(BEGIN - A_SECOND, False), (BEGIN, True), (END - A_SECOND, True), (END, False)]
)
def test_grant_and_project_run_in_their_periods(
    database: Database, name: str, at: dt.datetime, met: bool
) -> None:
    with database.transaction() as session:
        project = make_project(session, valid_from=BEGIN, valid_until=END)
        grant = make_grant(session, project=project, valid_from=BEGIN, valid_until=END)
        assert isinstance(parse({"condition": name}).check(at_hand(grant, at)), Met) is met


def test_a_closed_project_runs_no_more_from_that_second(database: Database) -> None:
    with database.transaction() as session:
        project = make_project(session, valid_from=BEGIN, valid_until=END, closed_at=BEGIN + DAY)
        grant = make_grant(session, project=project)
        running = parse({"condition": "project_running"})
        assert isinstance(running.check(at_hand(grant, BEGIN + DAY - A_SECOND)), Met)
        closed = running.check(at_hand(grant, BEGIN + DAY))
        assert isinstance(closed, Unmet)
        assert closed.reason.en == "The project was closed on 2 March 2026 at 09:00."


def test_suspension_and_withdrawal_count_whatever_moment_is_asked_about(database: Database) -> None:
    with database.transaction() as session:
        grant = make_grant(session)
        for condition in (NotSuspended(), NotWithdrawn()):
            assert isinstance(condition.check(at_hand(grant, days(0))), Met)
        people.suspend(session, SYSTEM, grant.person, "Shared a password.")
        withdraw(session, grant=grant, reason="The contract ended.")
        for at in (days(-20), days(0), days(20)):
            suspended = NotSuspended().check(at_hand(grant, at))
            withdrawn = NotWithdrawn().check(at_hand(grant, at))
            assert isinstance(suspended, Unmet)
            assert isinstance(withdrawn, Unmet)
            assert suspended.reason.nl.endswith(": Shared a password.")
            assert withdrawn.reason.en.endswith(": The contract ended.")


def test_members_and_administrators_are_not_outside(database: Database) -> None:
    with database.transaction() as session:
        grant = make_grant(session)
        assert isinstance(OutsideProject().check(at_hand(grant, days(0), ever_member=False)), Met)
        assert isinstance(OutsideProject().check(at_hand(grant, days(0), ever_member=True)), Unmet)
        assert isinstance(SeparateDuties().check(at_hand(grant, days(0))), Met)
        people.appoint(session, SYSTEM, grant.person, Role.ADMINISTRATOR, make_centre(session))
        assert isinstance(SeparateDuties().check(at_hand(grant, days(1))), Met)
        people.appoint(session, SYSTEM, grant.person, Role.ADMINISTRATOR, grant.project.centre)
        assert isinstance(SeparateDuties().check(at_hand(grant, days(1))), Unmet)


def test_conditions_about_a_grant_are_unmet_without_one(database: Database) -> None:
    with database.transaction() as session:
        grant = make_grant(session)
        nothing = Circumstances(grant.person, grant.project, days(0), None, False)
        for name in ("grant_running", "not_withdrawn"):
            assert isinstance(parse({"condition": name}).check(nothing), Unmet)


@pytest.mark.parametrize("name", REGISTRY)
def test_every_condition_reads_back_what_it_writes(name: str) -> None:
    condition = parse({"condition": name} | ({"networks": ["10.0.0.0/8"]} if name == "network" else {}))
    assert parse(condition.model_dump(mode="json")) == condition
    assert condition.title.nl
    assert condition.title.en


def test_the_default_conditions_are_those_about_person_and_institution() -> None:
    assert [document["condition"] for document in DEFAULT_CONDITIONS] == [*EVIDENCE, "institution_authorised"]
    extra = {"hours", "network", "strong_login"}
    assert set(GRANTABLE) == {*EVIDENCE, "institution_authorised"} | extra
    assert set(REGISTRY) == set(GRANTABLE) | {one.condition for one in BY_GRANT}


UNREADABLE: list[Any] = [
    {"condition": "moon_is_full"},
    {"condition": "unknown_condition"},
    {"condition": ["employed"]},
    {"condition": None},
    {"condition": "employed", "unless": "friday"},
    {},
    "employed",
    None,
    ["employed"],
    7,
]


@pytest.mark.parametrize("document", UNREADABLE)
def test_an_unreadable_condition_is_refused_when_granted_and_never_met_when_stored(
    database: Database, document: Any
) -> None:
    with pytest.raises(InvalidError) as refused:
        parse(document)
    assert refused.value.field == "conditions"
    assert refused.value.remedy is not None
    assert "training_valid" in refused.value.remedy.en
    with database.transaction() as session:
        grant = make_grant(session)
        (condition,) = read_stored([document])
        assert isinstance(condition.check(at_hand(grant, days(0))), Unmet)


@pytest.mark.parametrize("documents", [None, {}, "employed", {"condition": "employed"}, 3])
def test_stored_conditions_that_are_no_list_are_never_met(documents: object) -> None:
    (condition,) = read_stored(documents)
    assert condition.condition == "unknown_condition"


def test_a_condition_said_twice_is_asked_once() -> None:
    twice = [{"condition": "employed"}, {"condition": "employed"}]
    assert [one.condition for one in read_stored(twice)] == ["employed"]
