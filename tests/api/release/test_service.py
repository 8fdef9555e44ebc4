"""Releasing: what people approved, computed once more, written once, entered everywhere at once."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from sqlalchemy import select

from api.access.models import Project
from api.audit.export import kept_heads
from api.audit.models import AuditRecord
from api.release import service
from api.release.models import LedgerEntry, Release
from api.release.service import NOT_REPRODUCED, give_up_release
from api.requests.models import RequestState
from output_checker.figures import draw
from output_checker.kinds.figure.query import FigureQuery
from output_checker.verdict import Verdict
from tests.api.flow import FINE, MEAN, PERSONS, Flow, find


def files(flow: Flow) -> list[str]:
    return sorted(path.name for path in flow.settings.directory("releases").iterdir())


def nothing_left(flow: Flow, number: str) -> bool:
    with flow.database.reading() as session:
        request = find(session, number)
        told = request.history[-1].reason == NOT_REPRODUCED
        return told and request.state is RequestState.RETURNED and not session.scalars(select(Release)).all()


def test_a_release_is_written_once_with_record_ledger_and_audit(flow: Flow) -> None:
    number = flow.released()
    assert flow.release(number) is RequestState.RELEASED
    with flow.database.reading() as session:
        release = session.scalars(select(Release)).one()
        for file in release.files:
            content = (flow.settings.directory("releases") / file.sha256).read_bytes()
            assert hashlib.sha256(content).hexdigest() == file.sha256
            assert file.size == len(content)
        endings = ("csv", "csv-metadata.json", "parquet", "xlsx")
        assert [file.name for file in release.files] == [f"{number}-1.{ending}" for ending in endings]
        assert files(flow) == sorted(file.sha256 for file in release.files)
        entries = session.scalars(select(LedgerEntry)).all()
        table = find(session, number).outputs[0].verdict["table"]
        assert [entry.value for entry in entries] == [cell["value"] for cell in table["cells"]]
        assert [entry.units for entry in entries] == [cell["units"] for cell in table["cells"]]
        assert json.loads(entries[-1].cell) == {"sex": "All", "area": "All"}
        written = session.scalars(select(AuditRecord).where(AuditRecord.action == "release.write")).one()
        assert json.loads(written.document)["details"]["record_sha256"] == release.record_sha256


def test_the_record_tells_what_third_parties_need_and_no_figure(flow: Flow) -> None:
    number = flow.released(MEAN)
    with flow.database.reading() as session:
        release = session.scalars(select(Release)).one()
        record = json.loads(release.record)
        output = find(session, number).outputs[0]
        anchor = session.get_one(AuditRecord, record["audit"]["seq"])
        values = [cell["value"] for cell in output.verdict["table"]["cells"]]
        dataset_sha256 = output.dataset_version.sha256
    assert anchor.hash == record["audit"]["hash"]
    assert record["request"]["number"] == number
    assert record["author"] == "researcher"
    assert [review["by"] for review in record["reviews"]] == ["checker", "second-checker"]
    assert record["outputs"][0]["query_digest"] == output.query_digest
    assert record["outputs"][0]["dataset"]["sha256"] == dataset_sha256
    assert record["outputs"][0]["policy"]["name"] == "essnet"
    assert sorted(file["sha256"] for file in record["files"]) == files(flow)
    assert not any(str(value) in release.record for value in values)
    assert "evidence" not in release.record


def test_the_file_holds_what_people_approved(flow: Flow) -> None:
    flow.released()
    with flow.database.reading() as session:
        csv = session.scalars(select(Release)).one().files[0].sha256
    content = (flow.settings.directory("releases") / csv).read_text()
    assert content.splitlines()[0] == "sex,area,sex_label,area_label,count"
    assert content.splitlines()[-1] == f"All,All,Totaal,Totaal,{PERSONS}"
    assert "'=A0" in content


@pytest.mark.parametrize("state", ["submit", "under_review"])
def test_what_is_not_approved_is_not_released(flow: Flow, state: str) -> None:
    number = flow.submit(FINE) if state == "submit" else flow.under_review()
    before = flow.state(number)
    assert flow.release(number) is before
    assert files(flow) == []


def alter_value(verdict: dict[str, Any]) -> None:
    verdict["table"]["cells"][0]["value"] += 1


def alter_nothing_but_a_blank(verdict: dict[str, Any]) -> None:
    verdict["table"]["cells"][0]["value"] = None


def alter_labels(verdict: dict[str, Any]) -> None:
    verdict["table"]["rows"][0] = ["M"]


def alter_size(verdict: dict[str, Any]) -> None:
    verdict["table"]["cells"].pop()


@pytest.mark.parametrize("alter", [alter_value, alter_nothing_but_a_blank, alter_labels, alter_size])
def test_a_verdict_altered_after_approval_is_not_released(flow: Flow, alter: Any) -> None:
    number = flow.approved()
    with flow.database.transaction() as session:
        output = find(session, number).outputs[0]
        verdict = json.loads(json.dumps(output.verdict))
        alter(verdict)
        output.verdict = verdict
    flow.release(number)
    assert nothing_left(flow, number)
    assert files(flow) == []


def test_altered_microdata_are_not_released_from(flow: Flow) -> None:
    number = flow.approved()
    next(flow.settings.directory("data").glob("*.parquet")).unlink()
    flow.release(number)
    assert nothing_left(flow, number)


def test_another_policy_than_the_one_judged_by_releases_nothing(
    flow: Flow, tmp_path_factory: pytest.TempPathFactory
) -> None:
    number = flow.approved()
    path = tmp_path_factory.mktemp("policy") / "strict.toml"
    path.write_text(
        'name = "strict"\nversion = "1"\n[title]\nnl = "x"\nen = "x"\n[rules.threshold]\nminimum_units = 1000\n'
    )
    with flow.database.transaction() as session:
        session.get_one(Project, flow.world.project.id).policy = str(path)
    flow.release(number)
    assert nothing_left(flow, number)


def test_last_digits_that_threads_differ_in_do_not_matter(flow: Flow) -> None:
    number = flow.approved(MEAN)
    with flow.database.transaction() as session:
        output = find(session, number).outputs[0]
        verdict = json.loads(json.dumps(output.verdict))
        verdict["table"]["cells"][0]["value"] *= 1 + 1e-12
        output.verdict = verdict
    assert flow.release(number) is RequestState.RELEASED


def test_a_full_disk_at_release_leaves_the_request_approved(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = flow.approved()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(service, "write_aside", full)
        with pytest.raises(OSError, match="No space left"):
            flow.release(number)
    assert flow.state(number) is RequestState.APPROVED
    assert flow.release(number) is RequestState.RELEASED


def test_a_release_overtaken_by_another_worker_is_dropped(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = flow.approved()
    write = service._write_files

    def overtaken(*arguments: Any) -> Any:
        monkeypatch.setattr(service, "_write_files", write)
        assert flow.release(number) is RequestState.RELEASED
        return write(*arguments)

    monkeypatch.setattr(service, "_write_files", overtaken)
    assert flow.release(number) is RequestState.RELEASED
    with flow.database.reading() as session:
        assert len(session.scalars(select(Release)).all()) == 1
    assert len(files(flow)) == 4


def test_a_release_that_keeps_failing_is_returned_and_says_whose_fault_it_is(flow: Flow) -> None:
    number = flow.approved()
    for _ in range(2):
        with flow.database.transaction() as session:
            give_up_release(session, flow.id_of(number))
    with flow.database.reading() as session:
        request = find(session, number)
        assert request.state is RequestState.RETURNED
        assert "failure on our side" in request.history[-1].reason.en


def test_giving_up_leaves_a_release_alone(flow: Flow) -> None:
    number = flow.released()
    with flow.database.transaction() as session:
        give_up_release(session, flow.id_of(number))
    assert flow.state(number) is RequestState.RELEASED


FIGURE: dict[str, Any] = {"kind": "figure", "mark": "bar", "of": FINE}


def test_a_figure_is_released_as_table_and_as_drawing_of_it(flow: Flow) -> None:
    number = flow.released(FIGURE)
    with flow.database.reading() as session:
        release = session.scalars(select(Release)).one()
        table, *_, drawing = release.files
        assert len(release.files) == 5
        assert (table.name, drawing.name) == (f"{number}-1.csv", f"{number}-1.svg")
        assert (table.media_type, drawing.media_type) == ("text/csv; charset=utf-8", "image/svg+xml")
        content = (flow.settings.directory("releases") / drawing.sha256).read_bytes()
        assert hashlib.sha256(content).hexdigest() == drawing.sha256
        assert content.startswith(b"<?xml")
        told = {file["name"]: file["media_type"] for file in json.loads(release.record)["files"]}
        assert told == {file.name: file.media_type for file in release.files}
        query = FigureQuery.parse(find(session, number).outputs[0].query)
        verdict = Verdict.model_validate(find(session, number).outputs[0].verdict)
        assert draw(verdict, query, "nl")["svg"] == content


def test_a_figure_that_is_released_again_has_the_same_bytes(
    flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = flow.approved(FIGURE)
    with monkeypatch.context() as patch:
        patch.setattr(service, "_enter", lambda *_: (_ for _ in ()).throw(OSError("killed")))
        with pytest.raises(OSError, match="killed"):
            flow.release(number)
    before = files(flow)
    assert flow.release(number) is RequestState.RELEASED
    assert files(flow) == before
    assert len(before) == 5


def test_the_head_of_the_chain_is_kept_with_each_release(flow: Flow) -> None:
    assert kept_heads(flow.settings) == []
    flow.released()
    (head,) = kept_heads(flow.settings)
    with flow.database.reading() as session:
        written = session.scalars(select(AuditRecord).where(AuditRecord.action == "release.write")).one()
    assert (head.seq, head.hash) == (written.seq, written.hash)
