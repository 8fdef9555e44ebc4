"""Own variables: counted once per unit, never passed without people, and never more than they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from output_checker.dataset import file_digest
from output_checker.engine import Limits
from output_checker.errors import (
    EvidenceTimeoutError,
    MetadataError,
    OutputCheckerError,
    PolicyError,
    QueryError,
)
from output_checker.judge import check, judge, judge_together
from output_checker.own import columns
from output_checker.policy import Policy, load_policy
from output_checker.query import Query
from output_checker.verdict import Outcome, Verdict
from tests.output_checker.town import Town, failing, value, words

HALVES = {"young": words("young"), "old": words("old")}


def _column(values: Any) -> Any:
    return values if isinstance(values, pa.Array) else list(values)


class Own:
    """Values of an own variable on disk, and what a query says of them."""

    def __init__(self, directory: Path, units: Any, values: Any, **told: Any) -> None:
        self.path = directory / "own.parquet"
        names = told.pop("names", ("unit", "value"))
        pq.write_table(pa.table(dict(zip(names, (_column(units), _column(values)), strict=True))), self.path)
        self.document = {
            "type": "category",
            "label": words("Half of life"),
            "code": "half = people.age.map(lambda age: 'old' if age > 50 else 'young')",
            "sha256": file_digest(self.path),
            "codes": HALVES,
        } | told

    def asked(self, town: Town, **query: Any) -> tuple[Query, Town]:
        parsed = Query.parse({"dataset": "town", "index": "half", "own": {"half": self.document}, **query})
        return parsed, town.seen_through(supplied={self.document["sha256"]: self.path})

    def judge(self, town: Town, **query: Any) -> Verdict:
        parsed, town = self.asked(town, **query)
        return judge(parsed, town.dataset, load_policy("essnet"))


def halves(size: int = 240) -> list[str | None]:
    return ["young" if person < 120 else "old" for person in range(size)]


def test_a_result_with_an_own_variable_is_judged_by_people(town: Town, tmp_path: Path) -> None:
    verdict = Own(tmp_path, range(240), halves()).judge(town, columns="sex")
    assert verdict.outcome is Outcome.REVIEW
    (finding,) = verdict.findings
    assert (finding.rule, finding.cells) == ("own_variables", ())
    assert verdict.own[0].code.startswith("half = people.age")
    assert finding.evidence["distribution"] == "old: 120; young: 120; (missing): 0"
    assert value(verdict, "young", "f") == 60
    assert "with own variable half" in Own(tmp_path, [1], ["old"]).asked(town)[0].in_words(town.metadata).en


def test_units_without_a_value_do_not_vanish(town: Town, tmp_path: Path) -> None:
    verdict = Own(tmp_path, range(200), halves(200)).judge(town)
    assert value(verdict, "(missing)") == 40


def test_small_cells_fail_as_ever(town: Town, tmp_path: Path) -> None:
    verdict = Own(tmp_path, range(240), ["old"] * 4 + ["young"] * 236).judge(town)
    assert verdict.outcome is Outcome.FAIL
    assert failing(verdict, "threshold") == {("old",)}


def test_values_of_households_are_shared_and_households_counted_once(town: Town, tmp_path: Path) -> None:
    own = Own(tmp_path, range(120), halves(120)[:60] + ["old"] * 60, unit="household")
    assert value(own.judge(town), "young") == 120
    assert value(own.judge(town, unit="household"), "young") == 60


@pytest.mark.parametrize("kind", ["number", "integer"])
def test_own_numbers_are_summed(town: Town, tmp_path: Path, kind: str) -> None:
    own = Own(tmp_path, range(240), list(range(240)), type=kind, codes={})
    verdict = own.judge(town, index="area", values="half", aggfunc="sum")
    assert sum(cell.value or 0 for cell in verdict.table.cells) == sum(range(240))


def test_every_query_of_a_request_knows_it(town: Town, tmp_path: Path) -> None:
    own = Own(tmp_path, range(240), halves())
    query, town = own.asked(town)
    plain = Query.parse({"dataset": "town", "index": "sex"})
    outcomes = [
        one.outcome for one in judge_together([query, plain, query], town.dataset, load_policy("essnet"))
    ]
    assert outcomes == [Outcome.REVIEW, Outcome.PASS, Outcome.REVIEW]
    check(query, town.dataset, load_policy("essnet"))


def test_a_query_that_does_not_name_it_may_not_use_it(town: Town, tmp_path: Path) -> None:
    """Else its neighbour in the request would bring the variable in, and no people would be asked."""
    query, town = Own(tmp_path, range(240), halves()).asked(town)
    hidden = Query.parse({"dataset": "town", "index": "half"})
    with pytest.raises(OutputCheckerError):
        judge_together([query, hidden], town.dataset, load_policy("essnet"))


def test_one_name_is_one_variable(town: Town, tmp_path: Path) -> None:
    query, town = Own(tmp_path, range(240), halves()).asked(town)
    other, _ = Own(tmp_path, range(240), halves(), code="other").asked(town)
    with pytest.raises(QueryError, match="two things"):
        judge_together([query, other], town.dataset, load_policy("essnet"))


def inhabitants(town: Town, area: str) -> list[int]:
    table = pq.read_table(town.dataset.path, columns=["person", "area"]).to_pydict()
    return [person for person, where in zip(table["person"], table["area"], strict=True) if where == area]


def test_a_view_shows_it_and_a_row_filter_still_holds(town: Town, tmp_path: Path) -> None:
    here = inhabitants(town, "a")
    own = Own(tmp_path, here, [halves()[person] for person in here])
    seen = town.seen_through(columns=("sex",), row_filter="area = 'a'")
    assert value(own.judge(seen, columns="sex"), "young", "f") == 16


def test_who_is_outside_the_view_is_as_unknown_as_who_does_not_exist(town: Town, tmp_path: Path) -> None:
    seen = town.seen_through(row_filter="area = 'a'")
    said = []
    for person in (inhabitants(town, "b")[0], 99_999):
        with pytest.raises(QueryError) as refused:
            Own(tmp_path, [inhabitants(town, "a")[0], person], ["old", "old"]).judge(seen)
        said.append((refused.value.message, refused.value.field, refused.value.remedy))
    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("units", "values", "told", "message"),
    [
        ([0, 0], ["old", "young"], {}, "two values"),
        ([999], ["old"], {}, "not registered"),
        ([0, None], ["old", "old"], {}, "belongs to no unit"),
        ([0], ["ancient"], {}, "among the codes"),
        ([0], ["x"], {"type": "integer", "codes": {}}, "type that was told"),
        ([0], [[1, 2]], {"type": "integer", "codes": {}}, "and no others"),
        ([0], [float("nan")], {"type": "number", "codes": {}}, "no finite number"),
        ([0], [float("-inf")], {"type": "number", "codes": {}}, "no finite number"),
        ([0], [float("nan")], {"type": "number", "codes": {}, "bounds": [0, 5]}, "no finite number"),
        ([0], [7], {"type": "integer", "codes": {}, "bounds": [0, 5]}, "outside the bounds"),
        ([0], ["old"], {"unit": "firm"}, "no unit 'firm'"),
        ([0], ["old"], {"names": ("unit", "other")}, "unit and value and no others"),
    ],
)
def test_values_that_do_not_fit_are_refused(
    town: Town, tmp_path: Path, units: Any, values: Any, told: dict[str, Any], message: str
) -> None:
    with pytest.raises(QueryError, match=message):
        Own(tmp_path, units, values, **told).judge(town)


def test_values_that_are_not_there_or_were_changed_are_refused(town: Town, tmp_path: Path) -> None:
    own = Own(tmp_path, range(240), halves())
    query, town = own.asked(town)
    with pytest.raises(QueryError, match="not here"):
        judge(query, town.seen_through(supplied={}).dataset, load_policy("essnet"))
    own.path.write_bytes(own.path.read_bytes() + b"x")
    with pytest.raises(QueryError, match="not here"):
        own.judge(town)


def test_a_taken_name_is_refused(town: Town, tmp_path: Path) -> None:
    own = Own(tmp_path, range(240), halves())
    query, town = own.asked(town, own={"Sex": own.document}, index="sex")
    with pytest.raises(QueryError, match="already taken"):
        judge(query, town.dataset, load_policy("essnet"))


def test_labels_are_short_and_plain(town: Town, tmp_path: Path) -> None:
    for code in ("x" * 41, "<b>", "", "All"):
        with pytest.raises((QueryError, MetadataError)):
            Own(tmp_path, [0], ["old"], codes={code: words("x")}).judge(town)


def test_no_policy_switches_this_off() -> None:
    essnet = load_policy("essnet").model_dump()
    rules = essnet["rules"] | {"own_variables": {"enabled": False}}
    with pytest.raises(PolicyError):
        Policy.parse(essnet | {"rules": rules})


def test_values_of_a_form_that_cannot_be_compared_are_refused(town: Town, tmp_path: Path) -> None:
    nested = Own(tmp_path, [1, 2], [{"a": 1}, {"a": 2}])
    with pytest.raises(OutputCheckerError):
        nested.judge(town)


def test_values_that_the_engine_cannot_compare_are_refused_without_being_told(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "_faults", lambda *_: [("CAST(value AS INTEGER) > 0", ())])
    with pytest.raises(OutputCheckerError) as refused:
        Own(tmp_path, range(240), halves()).judge(town)
    assert "young" not in str(refused.value)


def test_a_file_that_takes_too_long_is_told_as_such(town: Town, tmp_path: Path) -> None:
    query, town = Own(tmp_path, range(240), halves()).asked(town)
    with pytest.raises(EvidenceTimeoutError):
        judge(query, town.dataset, load_policy("essnet"), Limits(seconds=0))


@pytest.mark.parametrize("place", range(4, 1600, 67))
def test_a_damaged_file_never_passes_for_something_else(town: Town, tmp_path: Path, place: int) -> None:
    """Whatever byte is turned: refused with a reason, or judged by people, and never another error."""
    own = Own(tmp_path, range(240), halves())
    content = bytearray(own.path.read_bytes())
    content[place % len(content)] ^= 0xFF
    own.path.write_bytes(content)
    own.document["sha256"] = file_digest(own.path)
    try:
        outcome = own.judge(town).outcome.value
    except OutputCheckerError as refused:
        outcome = refused.message.nl
    assert outcome
    assert outcome != "pass"
