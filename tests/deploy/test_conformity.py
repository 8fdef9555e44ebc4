"""What is claimed about a standard names every statement of it, and evidence that is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from deploy.checks import ROOT
from deploy.conformity import Conformity, Status, missing_evidence, read, summary

HEAD = 'specification = "S"\nversion = "1"\nsource = "s"\nlicence = "l"\n'
ONE = '[[statement]]\nid = "1"\npillar = "p"\ncapability = "c"\nimportance = "Mandatory*"\ntext = "t"\n'


@pytest.fixture(scope="module")
def satre() -> Conformity:
    return read("satre", ROOT / "docs" / "conformity")


def test_every_statement_of_the_specification_is_answered_once(satre: Conformity) -> None:
    ids = [one.id for one in satre.statement]
    assert len(ids) == len(set(ids)) == 185
    mandatory = [one for one in satre.statement if one.importance.startswith("Mandatory")]
    assert len(mandatory) == 95


def test_all_evidence_is_there(satre: Conformity) -> None:
    assert missing_evidence(satre, ROOT) == []


def test_a_claim_is_told_and_what_is_met_is_shown(satre: Conformity) -> None:
    for one in satre.statement:
        assert bool(one.how) == (one.status is not Status.ORGANISATION), one.id
        assert one.evidence or one.status is Status.ORGANISATION, one.id
        if one.status is Status.MET:
            assert one.files, one.id
    documented = {"2.1.05", "2.5.02"}
    assert {one.id for one in satre.statement if one.status is Status.MET and not one.tests} == documented


def test_evidence_that_went_away_is_named(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("def test_here() -> None: ...\n")
    evidence = ["tests/test_a.py::test_here", "tests/test_a.py::test_gone", "api/gone.py", "tests/test_a.py"]
    (tmp_path / "s.toml").write_text(
        f'{HEAD}{ONE}status = "met"\nhow = "h"\nevidence = {evidence}\n', encoding="utf-8"
    )
    found = read("s", tmp_path)
    assert missing_evidence(found, tmp_path) == ["tests/test_a.py::test_gone", "api/gone.py"]
    assert summary(found) == [
        ("Mandatory", 1, 0, 0, 0),
        ("Recommended", 0, 0, 0, 0),
        ("Optional", 0, 0, 0, 0),
    ]


def test_what_is_no_status_or_field_is_refused(tmp_path: Path) -> None:
    for line in ('status = "perhaps"', 'status = "met"\nremark = "x"'):
        (tmp_path / "s.toml").write_text(HEAD + ONE + line + "\n")
        with pytest.raises(ValidationError):
            read("s", tmp_path)
