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


def keyed(values: list[object], units: list[object]) -> "pd.Series[object]":
    return pd.Series(values, index=pd.Index(units, name="person"))


@pytest.mark.parametrize(
    ("values", "code", "said"),
    [
        (pd.DataFrame({"sex": ["f"]}), CODE, "ontbreekt"),
        (keyed([1], [9999]), CODE, "niet geregistreerd"),
        (pd.Series([1, 2]), CODE, r"De index van de waarden is niet person.*set_index\('person'\)"),
        (keyed([1, 2, 3], [1, 1, 1]), CODE, r"2 waarden zijn van een eenheid.*groupby\('person'\)"),
        (keyed([1], [1]), "", "vorm"),
        (keyed([1], [1]), "x = 1 # \u202e", "vorm|tekens"),
        (keyed([1], [1]), len, "niet te vinden"),
        (keyed([1.5, float("inf")], [1, 2]), CODE, "geen eindig getal"),
        (keyed([1], [None]), CODE, "geen geheel getal|geen eenheid"),
    ],
)
def test_mistakes_are_told_at_once(people: Microdata, values: object, code: object, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        oc.own_variable(people, values, "half", code)  # type: ignore[arg-type]


def test_a_name_holds_no_number(people: Microdata) -> None:
    with pytest.raises(QueryError, match="cijfers"):
        oc.own_variable(people, keyed([1], [1]), "earns48123", CODE)


def halve(frame: pd.DataFrame) -> pd.Series:
    """Half of life."""
    return frame.set_index("person")["age"].gt(50)


def test_a_function_is_its_own_code(people: Microdata) -> None:
    mine = oc.own_variable(people, halve(people.df), "half", halve)
    ((_, variable),) = mine.own
    assert variable.code.startswith('def halve(frame: pd.DataFrame) -> pd.Series:\n    """Half of life."""')
    assert oc.crosstab(mine, index="half").verdict.own[0].code == variable.code


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean", "category", "string", "int8", "float32"])
def test_every_kind_of_pandas_column_can_be_brought(people: Microdata, dtype: str) -> None:
    frame = people.df[["person"]].assign(mine=1)
    codes = {"1": "one"} if dtype in ("category", "string") else {}
    values = frame.assign(mine=frame["mine"].astype(str if codes else dtype).astype(dtype))
    mine = oc.own_variable(people, values, "mine", CODE, codes=codes)
    (summary,) = oc.crosstab(mine, index="sex", values="mine", aggfunc="count").verdict.own
    assert (summary.units, summary.missing, summary.different) == (len(frame), 0, 1)
