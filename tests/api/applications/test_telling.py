"""Who is told of the steps of an application, and that nothing anybody wrote is in it."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.applications import service
from api.applications.models import Application
from api.notices.models import Notice
from api.notices.words import path_of, sentence_of
from api.people.models import Role
from tests.api.applications.asking import approve, begin, content, submit
from tests.api.factories import World, acting, make_grant


def told(session: Session, application: Application) -> list[tuple[str, str]]:
    notices = session.scalars(
        select(Notice).where(Notice.application_id == application.id).order_by(Notice.id)
    )
    return [(one.person.subject, one.kind.removeprefix("application_")) for one in notices]


def test_whoever_decides_next_is_told_and_the_applicant_of_the_end(session: Session, world: World) -> None:
    application = begin(session, world)
    assert told(session, application) == []
    submit(session, world, application)
    assert told(session, application) == [("administrator", "waiting"), ("second-administrator", "waiting")]
    approve(session, world, application)
    assert told(session, application)[2:] == [
        ("steward", "waiting"),
        ("privacy-officer", "waiting"),
        ("researcher", "approved"),
    ]


def test_who_may_not_decide_is_not_told(session: Session, world: World) -> None:
    """A change is nothing for an administrator who works in the project by now."""
    application = approve(session, world, submit(session, world, begin(session, world)))
    make_grant(session, person=world.second_administrator, project=application.project)
    before = len(told(session, application))
    service.begin_change(
        session, acting(world.researcher, Role.RESEARCHER), application, content(), "More time."
    )
    submit(session, world, application)
    waiting = told(session, application)[before:]
    assert ("administrator", "waiting") in waiting
    assert ("second-administrator", "waiting") not in waiting


def test_what_comes_back_or_is_refused_is_told_in_sentences_of_our_own(
    session: Session, world: World
) -> None:
    application = submit(session, world, begin(session, world, title_en="Secret plans"))
    administrator = acting(world.second_administrator, Role.ADMINISTRATOR)
    for act in (service.return_to_applicant, service.reject):
        act(session, administrator, application, "Secret reason", application.newest.row_version)
        if act is service.return_to_applicant:
            submit(session, world, application)
    assert [kind for who, kind in told(session, application) if who == "researcher"] == [
        "returned",
        "rejected",
    ]
    for notice in session.scalars(select(Notice)):
        assert path_of(notice) == f"/applications/{application.number}"
        for words in (sentence_of(notice).nl, sentence_of(notice).en):
            assert re.sub(application.number, "", words) != words
            assert "ecret" not in words


def test_a_withdrawal_is_no_news(session: Session, world: World) -> None:
    application = submit(session, world, begin(session, world))
    before = told(session, application)
    service.withdraw(session, acting(world.researcher, Role.RESEARCHER), application, "Not needed.")
    assert told(session, application) == before
