"""Files from a sandbox to the outside: found out, seen by two people, released byte for byte or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from api.access.models import Grant, Project
from api.db import Database
from api.errors import ConflictError, EnclaveError, InvalidError, NotFoundError
from api.inspection.judging import UPLOAD_GONE
from api.inspection.leaving import file_of
from api.inspection.store import DIRECTORY, keep, kept
from api.release.downloads import fetch_file
from api.release.models import LedgerEntry, Release
from api.release.record import verify_receipt
from api.release.service import FILE_ALTERED
from api.requests.differences import unchanged_from
from api.requests.documents import asked_outputs
from api.requests.models import FILE, RequestState
from api.review.models import Decision
from api.review.service import reviews_needed
from api.settings import Settings
from output_checker.kinds import known_kinds
from output_checker.text import Text
from tests.api.flow import FINE, Flow, find
from tests.api.identity.browser import log_in
from tests.api.inspection.files import CODE, Files, sha256
from tests.output_checker.files.hostile import HOSTILE
from tests.output_checker.files.makers import BSN, picture, png_with_text

pytestmark = pytest.mark.usefixtures("here")


def last_reason(flow: Flow, number: str) -> Text:
    with flow.database.reading() as session:
        return find(session, number).history[-1].reason


def released(flow: Flow) -> list[Release]:
    with flow.database.reading() as session:
        return list(session.scalars(select(Release)))


def test_no_kind_of_query_is_called_like_a_file() -> None:
    assert FILE not in known_kinds()


def test_a_harmless_file_goes_to_people_and_never_passes(flow: Flow, files: Files) -> None:
    verdict = files.verdict(files.under_review())
    assert (verdict["outcome"], verdict["findings"]) == ("review", [])
    assert (verdict["file"]["leaves"], verdict["file"]["kind"]) == (sha256(CODE), "python")


@pytest.mark.parametrize("attack", ["base64", "hidden sheet", "pickle as text", "archive bomb", "outputs"])
def test_a_hostile_file_comes_back_with_the_reason(flow: Flow, files: Files, attack: str) -> None:
    name, content, rules = HOSTILE[attack]
    number = files.submit((name, content))
    assert flow.judge(number) is RequestState.RETURNED
    verdict = files.verdict(number)
    assert {finding["rule"] for finding in verdict["findings"]} == rules
    assert verdict["file"]["leaves"] is None
    assert not (flow.settings.state_dir / DIRECTORY).exists()


def test_what_is_told_outside_holds_nothing_of_the_file(flow: Flow, files: Files) -> None:
    number = files.submit(("notitie.txt", f"geheim {BSN}".encode()))
    flow.judge(number)
    with flow.database.reading() as session:
        request = find(session, number)
        told = str([step.reason for step in request.history])
    assert "burgerservicenummer" in told
    assert BSN not in told
    assert "geheim" not in told


def test_a_file_takes_two_people_whatever_the_project_says(flow: Flow, files: Files) -> None:
    with flow.database.transaction() as session:
        session.get_one(Project, flow.world.project.id).reviewers_required = 1
    number = files.under_review()
    with flow.database.reading() as session:
        assert reviews_needed(session, find(session, number)) == 2
    flow.review(number, flow.world.checker)
    assert flow.state(number) is RequestState.ONE_REVIEW_IN
    flow.review(number, flow.world.second_checker)
    assert flow.state(number) is RequestState.APPROVED


def test_what_leaves_is_what_people_approved_byte_for_byte(flow: Flow, files: Files) -> None:
    number = files.approved("Überblick (1).py")
    assert flow.release(number) is RequestState.RELEASED
    with flow.database.transaction() as session:
        person = session.merge(flow.world.researcher)
        fetched = fetch_file(
            session, flow.settings, person, find(session, number), f"{number}-1-Uberblick_1_.py"
        )
        assert fetched.content == CODE
        assert session.scalars(select(LedgerEntry)).all() == []


def test_the_record_tells_of_the_file_and_the_receipt_holds(
    flow: Flow, files: Files, client: TestClient, database: Database, settings: Settings
) -> None:
    number = files.approved()
    flow.release(number)
    log_in(client, database, settings, flow.world.researcher)
    receipt = client.get(f"/api/requests/{number}/receipt").json()
    assert verify_receipt(receipt, {"analyse.py": CODE}) is None
    (output,) = receipt["record"]["outputs"]
    assert output["file"]["leaves"] == sha256(CODE)
    assert len(receipt["record"]["reviews"]) == 2
    flow.revoke(number)
    (file,) = receipt["record"]["files"]
    assert client.get(f"/api/requests/{number}/files/{file['name']}").status_code == 410


def test_of_a_picture_the_drawing_leaves_and_not_the_upload(flow: Flow, files: Files) -> None:
    content = png_with_text("geheim")
    number = files.approved("figuur.png", content)
    flow.release(number)
    (release,) = released(flow)
    (file,) = json.loads(release.record)["files"]
    left = (flow.settings.directory("releases") / file["sha256"]).read_bytes()
    assert left.startswith(b"\x89PNG")
    assert b"geheim" not in left
    assert file["sha256"] == files.verdict(number)["file"]["leaves"] != sha256(content)


def test_a_table_and_a_file_leave_together(flow: Flow, files: Files) -> None:
    number = flow.submit_document({"outputs": [{"query": FINE}, files.asked("analyse.py", CODE)]})
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker)
    assert flow.release(number) is RequestState.RELEASED
    (release,) = released(flow)
    names = [file["name"] for file in json.loads(release.record)["files"]]
    assert f"{number}-1.csv" in names
    assert f"{number}-2-analyse.py" in names


@pytest.mark.parametrize("harm", ["altered", "removed"])
def test_a_tampered_store_releases_nothing(flow: Flow, files: Files, harm: str) -> None:
    number = files.approved()
    path = flow.settings.directory(DIRECTORY) / sha256(CODE)
    path.chmod(0o600)
    path.write_bytes(b"something else") if harm == "altered" else path.unlink()
    assert flow.release(number) is RequestState.RETURNED
    assert last_reason(flow, number) == FILE_ALTERED
    assert released(flow) == []


def test_a_file_that_is_tampered_with_while_it_is_written_is_not_written(flow: Flow, files: Files) -> None:
    number = files.approved()
    (flow.settings.directory(DIRECTORY) / sha256(CODE)).unlink()
    with flow.database.reading() as session, pytest.raises(FileNotFoundError):
        file_of(flow.settings, find(session, number).outputs[0])


def _unquery(request: Any) -> None:
    request.outputs[0].query = request.outputs[0].query | {"name": "anders.py"}


def _redigest(request: Any) -> None:
    request.outputs[0].query_digest = "0" * 64


def _unfile(request: Any) -> None:
    request.outputs[0].verdict = request.outputs[0].verdict | {"file": None}


def _pass(request: Any) -> None:
    request.outputs[0].verdict = request.outputs[0].verdict | {"outcome": "pass"}


@pytest.mark.parametrize("alter", [_unquery, _redigest, _unfile, _pass])
def test_an_altered_request_cannot_be_approved(flow: Flow, files: Files, alter: Any) -> None:
    number = files.under_review()
    with flow.database.transaction() as session:
        alter(find(session, number))
    with pytest.raises(ConflictError) as refused:
        flow.review(number, flow.world.checker)
    assert refused.value.code == "altered_since_judged"


@pytest.mark.parametrize("harm", ["altered", "removed"])
def test_an_upload_that_was_swapped_after_submitting_is_not_judged(
    flow: Flow, files: Files, harm: str
) -> None:
    number = files.submit(("analyse.py", CODE))
    path = flow.settings.directory("uploads") / str(flow.world.project.id) / sha256(CODE)
    path.chmod(0o600)
    path.write_bytes(b"x = 1\n") if harm == "altered" else path.unlink()
    assert flow.judge(number) is RequestState.RETURNED
    assert last_reason(flow, number) == UPLOAD_GONE


def refused(files: Files, document: dict[str, Any], error: type[EnclaveError]) -> EnclaveError:
    with pytest.raises(error) as raised:
        files.flow.submit_document(document)
    return raised.value


@pytest.mark.parametrize(
    "name", ["../../x.py", "verslag\u202etxt.py", "verslag.exe.py", "a\x00b.py", "", "x" * 300 + ".py"]
)
def test_a_name_that_deceives_is_refused_at_once(files: Files, name: str) -> None:
    problem = refused(files, {"outputs": [files.asked(name, CODE)]}, InvalidError)
    assert problem.field == "outputs[0].file.name"
    assert problem.remedy is not None


@pytest.mark.parametrize("sha", ["0" * 64, "../../../etc/passwd", "", "x"])
def test_content_that_was_not_uploaded_is_unknown(files: Files, sha: str) -> None:
    problem = refused(files, {"outputs": [{"file": {"name": "a.py", "sha256": sha}}]}, NotFoundError)
    assert problem.code == "unknown_upload"


def test_two_files_of_one_name_and_one_file_twice_are_refused(files: Files) -> None:
    one, other = files.asked("a.py", CODE), files.asked("A.py", b"x = 1\n")
    assert refused(files, {"outputs": [one, other]}, InvalidError).code == "name_taken"
    assert refused(files, {"outputs": [one, one]}, InvalidError).code == "asked_twice"


@pytest.mark.parametrize("both", [True, False])
def test_an_output_is_either_a_query_or_a_file(files: Files, both: bool) -> None:
    output = {**files.asked("a.py", CODE), "query": FINE} if both else {"title": "leeg"}
    assert refused(files, {"outputs": [output]}, InvalidError).code == "query_or_file"


def test_through_other_doors_no_file_can_be_asked_for(flow: Flow, files: Files) -> None:
    document = {"outputs": [files.asked("a.py", CODE)]}
    with flow.database.reading() as session, pytest.raises(InvalidError) as refused:
        asked_outputs(flow.settings, session.get_one(Grant, flow.world.grant.id), document)
    assert refused.value.code == "no_files_here"


def test_a_vote_on_an_unchanged_file_is_kept_in_the_next_round(flow: Flow, files: Files) -> None:
    number = flow.submit_document({"outputs": [{"query": FINE}, files.asked("a.py", CODE)]})
    flow.judge(number)
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker, Decision.RETURN)
    flow.resubmit(number, {"outputs": [{"query": {**FINE, "margins": False}}, files.asked("a.py", CODE)]})
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    review = flow.review(number, flow.world.checker, Decision.RETURN)
    with flow.database.reading() as session:
        kept_votes = [vote.kept_from_id is not None for vote in session.merge(review).votes]
    assert kept_votes == [False, True]


def test_a_vote_is_not_kept_when_other_bytes_would_leave(flow: Flow, files: Files) -> None:
    number = flow.submit_document({"outputs": [{"query": FINE}, files.asked("a.png", picture())]})
    flow.judge(number)
    for checker in (flow.world.checker, flow.world.second_checker):
        flow.review(number, checker, Decision.RETURN)
    with flow.database.transaction() as session:
        before = find(session, number).outputs[1]
        # As an earlier version of the service drew it.
        verdict: dict[str, Any] = dict(before.verdict or {})
        report = verdict["file"] | {"leaves": keep(flow.settings, b"another drawing")}
        before.verdict = verdict | {"file": report}
    flow.resubmit(
        number, {"outputs": [{"query": {**FINE, "margins": False}}, files.asked("a.png", picture())]}
    )
    assert flow.judge(number) is RequestState.UNDER_REVIEW
    with flow.database.reading() as session:
        assert unchanged_from(find(session, number)) == {}


def test_the_sandbox_sends_files_and_reads_what_was_found(
    flow: Flow, files: Files, client: TestClient
) -> None:
    bearer = {"Authorization": f"Bearer {flow.token}"}
    body = {"title": "Code", "purpose": "To publish.", "idempotency_key": "k" * 20}
    body |= {"outputs": [files.asked("notitie.txt", f"x\n{BSN}\n".encode())]}
    number = client.post("/sandbox/requests", json=body, headers=bearer).json()["id"]
    flow.judge(number)
    answer = client.get(f"/sandbox/requests/{number}", headers=bearer).json()
    (finding,) = answer["verdict"]["findings"]
    assert finding["rule"] == "bsn"
    assert finding["places"][0]["line"] == 2


def test_the_store_proves_what_it_reads(settings: Settings) -> None:
    digest = keep(settings, b"bytes")
    assert keep(settings, b"bytes") == digest
    assert kept(settings, digest) == b"bytes"
    assert kept(settings, None) is None
    assert kept(settings, "0" * 64) is None
