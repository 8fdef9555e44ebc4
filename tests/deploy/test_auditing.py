"""`enclave audit verify` and revoked releases: a receipt that holds is told apart from one that still counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner

from api.audit.export import export
from api.db import Database
from api.people.models import Person
from api.publication.proof import proof_of
from api.release.downloads import fetch_receipt
from api.release.models import Release
from api.release.revocation import statement_about
from api.requests.in_words import question_in_words
from api.settings import Settings, get_settings
from deploy.cli import app
from tests.api.flow import Flow, find, make_flow
from tests.api.release.test_statement import a_document


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    get_settings.cache_clear()
    return CliRunner()


@pytest.fixture
def released(settings: Settings) -> Iterator[tuple[Flow, str]]:
    database = Database(settings.database)
    flow = make_flow(database, settings)
    yield flow, flow.released()
    database.dispose()


def written(path: Path, document: object) -> str:
    path.write_text(json.dumps(document))
    return str(path)


def receipt_of(flow: Flow, number: str, directory: Path) -> str:
    with flow.database.transaction() as session:
        person = session.get_one(Person, flow.world.researcher.id)
        receipt = fetch_receipt(session, flow.secrets, person, find(session, number))
    return written(directory / "receipt.json", receipt)


def public_proof_of(flow: Flow, number: str, directory: Path) -> str:
    with flow.database.reading() as session:
        release = session.scalars(select(Release)).one()
        questions = {one.position: question_in_words(one) for one in find(session, number).outputs}
        proof = proof_of(release.record, release.record_sha256, questions, flow.secrets.audit_key())
    return written(directory / "proof.json", proof)


def statement_in(flow: Flow, receipt: str, directory: Path) -> str:
    record_sha256 = json.loads(Path(receipt).read_text())["record_sha256"]
    with flow.database.reading() as session:
        return written(directory / "revoked.json", statement_about(session, flow.secrets, record_sha256))


def chain_of(flow: Flow, directory: Path) -> str:
    path = directory / "audit.jsonl"
    with flow.database.reading() as session:
        export(session, flow.settings, flow.secrets, path)
    return str(path)


def test_a_statement_says_that_the_receipt_was_revoked(
    runner: CliRunner, released: tuple[Flow, str], tmp_path: Path
) -> None:
    flow, number = released
    receipt = receipt_of(flow, number, tmp_path)
    assert runner.invoke(app, ["audit", "verify", "--receipt", receipt]).exit_code == 0
    flow.revoke(number)
    statement = statement_in(flow, receipt, tmp_path)
    told = runner.invoke(app, ["audit", "verify", "--receipt", receipt, "--revocation", statement])
    assert told.exit_code == 4
    assert "REVOKED receipt.json: A wrong weight was used." in told.output


def test_the_chain_alone_says_so_too(runner: CliRunner, released: tuple[Flow, str], tmp_path: Path) -> None:
    flow, number = released
    receipt = receipt_of(flow, number, tmp_path)
    before = runner.invoke(app, ["audit", "verify", chain_of(flow, tmp_path), "--receipt", receipt])
    assert before.exit_code == 0
    flow.revoke(number)
    (tmp_path / "audit.jsonl").unlink()
    told = runner.invoke(app, ["audit", "verify", chain_of(flow, tmp_path), "--receipt", receipt])
    assert told.exit_code == 4
    assert "A wrong weight was used." in told.output


def test_a_statement_that_proves_nothing_here_is_broken(
    runner: CliRunner, released: tuple[Flow, str], tmp_path: Path
) -> None:
    flow, number = released
    receipt = receipt_of(flow, number, tmp_path)
    forged = written(
        tmp_path / "forged.json", a_document(json.loads(Path(receipt).read_text())["record_sha256"])
    )
    told = runner.invoke(app, ["audit", "verify", "--receipt", receipt, "--revocation", forged])
    assert told.exit_code == 1
    assert "forged.json" in told.output


def test_a_statement_needs_its_receipt_and_must_be_readable(
    runner: CliRunner, released: tuple[Flow, str], tmp_path: Path
) -> None:
    flow, number = released
    receipt = receipt_of(flow, number, tmp_path)
    assert runner.invoke(app, ["audit", "verify", "--revocation", receipt]).exit_code == 3
    told = runner.invoke(app, ["audit", "verify", "--receipt", receipt, "--revocation", "absent.json"])
    assert told.exit_code == 3


def test_the_public_proof_verifies_like_a_receipt(
    runner: CliRunner, released: tuple[Flow, str], tmp_path: Path
) -> None:
    flow, number = released
    proof, chain = public_proof_of(flow, number, tmp_path), chain_of(flow, tmp_path)
    told = runner.invoke(app, ["audit", "verify", chain, "--receipt", proof])
    assert (told.exit_code, f"release of {number}" in told.output) == (0, True)
    flow.revoke(number)
    statement = statement_in(flow, proof, tmp_path)
    assert (
        runner.invoke(app, ["audit", "verify", "--receipt", proof, "--revocation", statement]).exit_code == 4
    )
    document = json.loads(Path(proof).read_text())
    touched = written(tmp_path / "touched.json", document | {"record": document["record"] | {"centre": "x"}})
    assert runner.invoke(app, ["audit", "verify", "--receipt", touched]).exit_code == 1
    for nonsense in ([], "text", {"format": 1}):
        broken = written(tmp_path / "nonsense.json", nonsense)
        assert runner.invoke(app, ["audit", "verify", "--receipt", broken]).exit_code == 1


def test_a_directory_of_heads_from_elsewhere_shows_that_the_end_was_cut_off(
    released: tuple[Flow, str], runner: CliRunner, tmp_path: Path
) -> None:
    flow, _ = released
    with flow.database.reading() as session:
        head = export(session, flow.settings, flow.secrets, tmp_path / "audit.jsonl")
    assert head is not None
    heads = tmp_path / "elsewhere"
    heads.mkdir()
    nothing = runner.invoke(app, ["audit", "verify", str(tmp_path / "audit.jsonl"), "--head", str(heads)])
    assert (nothing.exit_code, "no signed heads" in nothing.output) == (3, True)
    (heads / "head-000000000001.json").write_text(json.dumps(head.document()))
    whole = runner.invoke(app, ["audit", "verify", str(tmp_path / "audit.jsonl"), "--head", str(heads)])
    assert whole.exit_code == 0
    with flow.database.transaction() as session:
        session.execute(text("DROP TRIGGER audit_record_no_delete"))
        session.execute(text("DELETE FROM audit_record WHERE seq > :last"), {"last": head.seq - 2})
    with flow.database.reading() as session:
        export(session, flow.settings, flow.secrets, tmp_path / "cut.jsonl")
    assert runner.invoke(app, ["audit", "verify", str(tmp_path / "cut.jsonl")]).exit_code == 0
    cut = runner.invoke(app, ["audit", "verify", str(tmp_path / "cut.jsonl"), "--head", str(heads)])
    assert cut.exit_code == 1
    assert f"record {head.seq - 1}: The end is missing: records {head.seq - 1} to {head.seq}." in cut.output
