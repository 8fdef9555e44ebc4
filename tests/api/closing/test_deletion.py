"""What people worked on is deleted after the time to keep it: counted first, stated last, repeatable at any line."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from api.audit.chain import canonical
from api.audit.queries import Search, search
from api.closing import deletion as deleting
from api.closing import files
from api.closing.deletion import (
    give_up_deletion,
    homes_to_remove,
    note_counted,
    note_problem,
    note_removed,
    statement_document,
    tend_closings,
    unfinished_deletions,
)
from api.closing.files import Kind
from api.closing.models import Deletion
from api.closing.service import standing_closing
from api.closing.shown import DELETED, DELETING, STUCK, ending_of, what_of
from api.closing.statement import BAD_SIGNATURE, FOREIGN_KEY, MALFORMED, verify_statement
from api.errors import ConflictError, NotFoundError
from api.jobs.models import Job
from api.jobs.service import JobKind
from api.jobs.tasks import perform
from api.notices.models import Notice, NoticeKind
from api.people.models import Person
from api.release.models import Release
from api.requests.models import OutputRequest
from api.uploads.models import Upload, UploadUse
from api.uploads.service import directory_of
from tests.api.closing.conftest import HOMES, Office
from tests.api.factories import days
from tests.api.inspection.files import Files
from tests.api.uploads.factories import make_upload


def upload(office: Office, content: bytes) -> Path:
    with office.database.transaction() as session:
        one = make_upload(session, office.settings, office.flow.sandbox_id, content)
        return directory_of(office.settings, one.project) / one.sha256


def job(office: Office) -> None:
    perform(office.settings, "delete", office.deletion().closing_id)


def count(office: Office, kind: type) -> int:
    with office.database.reading() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def actions(office: Office, action: str) -> list[dict[str, Any]]:
    with office.database.reading() as session:
        return [one.details for one in reversed(search(session, Search(action=action)).entries)]


def furnished(office: Office) -> list[Path]:
    """Uploads, inspected files and views; what must be gone."""
    seen = Files(office.flow).under_review()
    upload(office, b"loose")
    inspected = Files(office.flow).verdict(seen)["file"]
    paths = [office.settings.directory("inspected") / inspected[name] for name in ("shown", "leaves")]
    with office.database.reading() as session:
        paths.append(directory_of(office.settings, office.project(session)))
    return [*paths, office.views().parent]


def test_all_of_it_goes_and_what_was_asked_and_released_stays(office: Office) -> None:
    released, gone = office.flow.released(), furnished(office)
    assert all(path.exists() for path in gone)
    before = count(office, OutputRequest), count(office, Release)
    office.close()
    office.let_time_pass()
    with office.database.reading() as session:
        assert ending_of(session, office.project(session)).label is DELETING
        assert [one.closing.project.slug for one in homes_to_remove(session)] == ["minimum-incomes"]
    office.homes_gone()
    job(office)
    assert not [path for path in gone if path.exists()]
    assert (count(office, Upload), count(office, UploadUse)) == (0, 0)
    assert (count(office, OutputRequest), count(office, Release)) == before
    with office.database.reading() as session:
        assert session.scalars(select(OutputRequest).where(OutputRequest.number == released)).one()
        assert list(office.settings.directory("releases").iterdir())
        assert ending_of(session, office.project(session)).label is DELETED
        assert not unfinished_deletions(session)


def test_the_statement_says_what_was_there_and_is_in_the_audit(office: Office) -> None:
    content = b"as if it were a table"
    path = upload(office, content)
    office.close()
    office.let_time_pass()
    office.homes_gone()
    job(office)
    document = statement_document(office.deletion(), office.flow.secrets)
    assert document is not None
    assert verify_statement(document) is None
    removed = {part["what"]: part for part in document["statement"]["removed"]}
    assert removed["homes"] == HOMES[0]
    listed = [[path.name, len(content), hashlib.sha256(content).hexdigest()]]
    sha256 = hashlib.sha256(canonical({"files": listed}).encode()).hexdigest()
    assert removed["uploads"] == {"what": "uploads", "files": 1, "bytes": len(content), "sha256": sha256}
    assert set(removed) == {"homes", "uploads", "inspected", "views"}
    (told,) = actions(office, "project.delete")
    assert told["statement"] == document["statement"]
    assert told["statement_sha256"] == hashlib.sha256(canonical(document["statement"]).encode()).hexdigest()
    assert {one["counted"][0]["what"] for one in actions(office, "deletion.count")} == set(removed)
    assert [what_of(part).en for part in HOMES] == ["All work folders together"]


def test_a_changed_or_foreign_statement_is_found(office: Office) -> None:
    office.close()
    office.let_time_pass()
    office.homes_gone()
    job(office)
    document = statement_document(office.deletion(), office.flow.secrets)
    assert document is not None
    assert verify_statement(document, document["public_key"]) is None
    assert verify_statement(document, "00" * 32) == FOREIGN_KEY
    assert verify_statement({**document, "signature": "00" * 64}) == BAD_SIGNATURE
    changed = {**document, "statement": {**document["statement"], "finished_at": "2020-01-01"}}
    assert verify_statement(changed) == BAD_SIGNATURE
    assert verify_statement({**document, "statement": {"format": "other"}}) == MALFORMED
    assert verify_statement([]) == MALFORMED


def test_nothing_goes_before_its_time(office: Office) -> None:
    path = upload(office, b"kept")
    office.close()
    tend_closings(office.database, office.settings)
    with office.database.reading() as session:
        assert not homes_to_remove(session)
    assert path.exists()


def test_what_ended_is_deleted_too_and_no_extension_opens_it_then(office: Office) -> None:
    office.end(100)
    tend_closings(office.database, office.settings)
    closing = office.closing()
    assert closing is not None
    assert closing.delete_after > days(89), "whoever is told has all the time, however late that is"
    assert closing.deletion is None
    office.let_time_pass()
    office.end(-30)
    tend_closings(office.database, office.settings)
    assert office.deletion().begun_at
    with office.database.reading() as session:
        assert office.project(session).closed_at


def test_an_extension_of_the_last_moment_saves_it(office: Office) -> None:
    office.end(1)
    tend_closings(office.database, office.settings)
    office.end(-30)
    with office.database.transaction() as session:
        closing = standing_closing(session, office.project(session))
        assert closing is not None
        closing.delete_after = days(-1)
    tend_closings(office.database, office.settings)
    assert office.closing() is None
    assert count(office, Deletion) == 0


def test_there_is_no_statement_before_the_homes_are_gone(office: Office) -> None:
    office.close()
    office.let_time_pass()
    for _ in range(2):
        job(office)
    one = office.deletion()
    assert (one.statement, statement_document(one, office.flow.secrets)) == (None, None)
    with pytest.raises(ConflictError, match="counted"), office.database.transaction() as session:
        note_removed(session, "minimum-incomes")
    office.homes_gone()
    assert office.deletion().statement is None
    job(office)
    assert office.deletion().statement


def test_what_the_workplace_says_twice_changes_nothing(office: Office) -> None:
    office.close()
    office.let_time_pass()
    office.homes_gone()
    with office.database.transaction() as session:
        note_counted(session, "minimum-incomes", [])
        note_removed(session, "minimum-incomes")
    assert office.deletion().homes == HOMES
    job(office)
    for _ in range(2):
        job(office)
    assert len(actions(office, "project.delete")) == 1
    for say in (note_removed, lambda session, slug: note_counted(session, slug, [])):
        with pytest.raises(NotFoundError), office.database.transaction() as session:
            say(session, "minimum-incomes")


class KilledError(BaseException):
    """The end of a process, wherever it is."""


def test_a_kill_at_any_step_costs_nothing_but_doing_it_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed at its first step, then its second, ...: until it gets through, and states what was there at first."""
    gone = furnished(office)
    office.close()
    office.let_time_pass()
    office.homes_gone()
    expected = {}
    with office.database.reading() as session:
        for kind in files.OWN:
            expected[kind.value] = files.counted(session, office.settings, office.project(session), kind)
    kills = 0
    while office.deletion().finished_at is None:
        kills += 1
        with monkeypatch.context() as patched:
            _die_after(patched, kills)
            with suppress(KilledError):
                job(office)
        one = office.deletion()
        assert (one.statement is None) == (one.finished_at is None)
        assert kills < 40
    assert kills > 8
    assert not [path for path in gone if path.exists()]
    document = statement_document(office.deletion(), office.flow.secrets)
    assert document is not None
    removed = {part["what"]: part for part in document["statement"]["removed"]}
    assert {name: removed[name] for name in expected} == expected
    assert len(actions(office, "project.delete")) == 1


def _die_after(patched: pytest.MonkeyPatch, steps: int) -> None:
    """Let the process end before its step of this number, counting everything that reaches disk or database."""
    left = [steps]

    def dying(really: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:
            left[0] -= 1
            if not left[0]:
                raise KilledError
            return really(*arguments, **named)

        return step

    for place, name in (
        (files, "counted"),
        (files.shutil, "rmtree"),
        (files, "sync_directory"),
        (deleting, "record"),
        (deleting, "sign"),
        (deleting, "tell"),
        (Path, "unlink"),
        (Path, "chmod"),
    ):
        patched.setattr(place, name, dying(getattr(place, name)))


@pytest.mark.parametrize("way", ["homes", "uploads"])
def test_what_cannot_be_removed_is_told_and_nothing_is_stated(
    office: Office, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    path = upload(office, b"stuck")
    office.close()
    office.let_time_pass()
    if way == "homes":
        for _ in range(2):
            with office.database.transaction() as session:
                note_problem(session, "minimum-incomes", "Operation not permitted", 3)
    else:
        office.homes_gone()
        with monkeypatch.context() as patched:
            patched.setattr(files.shutil, "rmtree", _refuse)
            for _ in range(2):
                job(office)
    one = office.deletion()
    assert one.statement is None
    assert (one.problem, one.kept) == ("Operation not permitted", 3 if way == "homes" else 1)
    assert path.exists()
    with office.database.reading() as session:
        assert ending_of(session, office.project(session)).label is STUCK
        query = select(Person.subject).join(Notice).where(Notice.kind == NoticeKind.DELETION_FAILED)
        assert sorted(session.scalars(query)) == ["administrator", "second-administrator"]
    assert len(actions(office, "deletion.fail")) == 1
    if way == "homes":
        office.homes_gone()
    job(office)
    one = office.deletion()
    assert (one.problem, one.statement is not None) == (None, True)


def _refuse(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_a_link_among_the_uploads_is_not_followed(office: Office, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.write_bytes(b"untouched")
    directory = upload(office, b"x").parent
    (directory / "link").symlink_to(treasure)
    office.close()
    office.let_time_pass()
    office.homes_gone()
    job(office)
    assert office.deletion().statement is None
    assert treasure.read_bytes() == b"untouched"
    (directory / "link").unlink()
    job(office)
    assert office.deletion().statement
    assert treasure.read_bytes() == b"untouched"


def test_what_cannot_be_looked_into_is_not_counted_as_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, really = upload(office, b"x"), files.os.scandir

    def scandir(place: Any) -> Any:
        return _refuse() if place == str(path.parent) or place == path.parent else really(place)

    monkeypatch.setattr(files.os, "scandir", scandir)
    office.close()
    office.let_time_pass()
    office.homes_gone()
    job(office)
    deletion = office.deletion()
    assert (deletion.problem, deletion.files, deletion.statement) == ("Operation not permitted", None, None)
    assert path.read_bytes() == b"x"


def test_unfinished_deletions_are_tried_again_each_day(office: Office) -> None:
    office.close()
    office.let_time_pass()
    for _ in range(2):
        tend_closings(office.database, office.settings)
    with office.database.reading() as session:
        assert len(session.scalars(select(Job).where(Job.kind == JobKind.DELETE)).all()) == 1
    office.homes_gone()
    with office.database.reading() as session:
        assert len(session.scalars(select(Job).where(Job.kind == JobKind.DELETE)).all()) == 2


def test_a_job_that_fails_for_good_is_told(office: Office) -> None:
    office.close()
    office.let_time_pass()
    number = office.deletion().closing_id
    with office.database.transaction() as session:
        give_up_deletion(session, number)
    assert office.deletion().problem == deleting.FAILED
    office.homes_gone()
    job(office)
    with office.database.transaction() as session:
        give_up_deletion(session, number)
        assert session.get_one(Deletion, number).problem is None


def test_what_two_projects_share_of_inspected_files_stays(office: Office) -> None:
    number = Files(office.flow).under_review()
    with office.database.transaction() as session:
        request = session.scalars(select(OutputRequest).where(OutputRequest.number == number)).one()
        mine = files.counted(session, office.settings, request.project, Kind.INSPECTED)
        assert mine["files"] == 2
        request.project = session.merge(office.flow.world.foreign_project)
        session.flush()
        assert files.counted(session, office.settings, office.project(session), Kind.INSPECTED)["files"] == 0
