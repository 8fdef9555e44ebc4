from pathlib import Path

import pandas as pd
import pytest

import output_checker as oc
from output_checker.errors import QueryError
from output_checker.notebook.microdata import Microdata
from output_checker.verdict import Outcome

CODE = "half = people.df.age > 50"
HALVES = {"young": "Young", "old": "Old"}


@pytest.fixture
def people(sandbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Microdata:
    monkeypatch.setenv("ENCLAVE_OWN_DIR", str(tmp_path / "own"))
    opened: Microdata = oc.open("town")
    return opened


def test_a_series_by_unit_becomes_a_variable(people: Microdata) -> None:
    frame = people.df.set_index("person")
    half = pd.Series(["old" if age > 50 else "young" for age in frame["age"]], index=frame.index)
    mine = oc.own_variable(people, half, "half", CODE, label="Half of life", codes=HALVES)
    table = oc.crosstab(mine, index="half", columns="sex")
    expected = pd.crosstab(mine.df["half"], mine.df["sex"])
    assert table.df.to_dict() == expected.to_dict()
    assert table.verdict.outcome is Outcome.REVIEW
    assert "eigen variabele" in repr(table)
    assert table.hide({"half": "old", "sex": "f"}).verdict.outcome is Outcome.REVIEW


def test_a_frame_with_the_key_does_too(people: Microdata) -> None:
    frame = people.df.assign(double=lambda each: each["income"] * 2, rich=lambda each: each["income"] > 1100)
    mine = oc.own_variable(people, frame, "double", CODE, bounds=(0, 1e6))
    mine = oc.own_variable(mine, frame, "rich", CODE).where("double > 0").derive(whole="double // 1000")
    table = oc.crosstab(mine, index="rich", values="double", aggfunc="sum")
    assert table.df["sum_double"].sum() == pytest.approx(frame["double"].sum())
    assert [finding.rule for finding in table.verdict.findings].count("own_variables") == 2


def test_mistakes_are_told_at_once(people: Microdata) -> None:
    with pytest.raises(QueryError, match="ontbreekt"):
        oc.own_variable(people, people.df[["sex"]], "half", CODE)
    with pytest.raises(QueryError, match="niet geregistreerd"):
        oc.own_variable(people, pd.Series([1], index=[9999]), "half", CODE)
    with pytest.raises(QueryError, match="vorm"):
        oc.own_variable(people, pd.Series([1], index=[1]), "half", "")
