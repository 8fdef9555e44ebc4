from pathlib import Path

import pandas as pd
import pytest

import output_checker as oc
from output_checker.errors import QueryError
from output_checker.notebook import tables
from output_checker.notebook.microdata import Microdata
from output_checker.verdict import Outcome


@pytest.fixture
def people(sandbox: Path) -> Microdata:
    opened: Microdata = oc.open("town")
    return opened


def test_equals_pandas(people: Microdata) -> None:
    table = oc.crosstab(people, index="area", columns="sex", margins=True)
    frame = people.df
    expected = pd.crosstab(frame["area"], frame["sex"], margins=True)
    assert table.df.to_numpy().tolist() == expected.to_numpy().tolist()
    assert list(table.df.index) == list(expected.index)


def test_conditions_and_derived_variables_come_along(people: Microdata) -> None:
    chosen = people.where("age >= 40").derive(band="age // 20 * 20")
    table = oc.crosstab(chosen, index=["band", "sex"], columns=["quarter"], values="income", aggfunc="mean")
    assert table.query.where == ("age >= 40",)
    assert table.query.derive == {"band": "age // 20 * 20"}
    assert table.df.index.names == ["band", "sex"]


def test_one_classification_has_one_column(people: Microdata) -> None:
    assert oc.crosstab(people, index="sex").df.to_dict() == {"count": {"f": 120, "m": 120}}


def test_the_verdict_is_that_of_the_projects_policy(people: Microdata, sandbox: Path) -> None:
    assert oc.crosstab(people, index="area", columns="sex").verdict.outcome is Outcome.PASS
    assert oc.crosstab(people, index="age", columns="sex").verdict.outcome is Outcome.FAIL
    strict = {"rules": {"threshold": {"minimum_units": 100}}}
    policy = oc.notebook.workplace.workplace().policy
    (sandbox / "policy.json").write_text(policy.parse(policy.model_dump() | strict).model_dump_json())
    assert oc.crosstab(people, index="area", columns="sex").verdict.outcome is Outcome.FAIL


def test_mistakes_speak_dutch(people: Microdata) -> None:
    with pytest.raises(QueryError, match="Kies uit"):
        oc.crosstab(people, index="area", aggfunc="max")


def test_shows_itself_in_both_ways(people: Microdata) -> None:
    table = oc.crosstab(people, index="age", columns="sex")
    assert "✗" in repr(table)
    assert "✗" in table._repr_html_()


def test_every_table_has_its_own_key(people: Microdata) -> None:
    keys = {oc.crosstab(people, index="sex").key for _ in range(3)}
    assert len(keys) == 3
    assert all(16 <= len(key) <= 64 for key in keys)


def test_cells_are_hidden_by_label_or_because_they_fail(people: Microdata) -> None:
    table = oc.crosstab(people, index="age", columns="sex")
    hidden = table.hide("failing")
    assert hidden.verdict.outcome is Outcome.PASS
    assert "×" in repr(hidden)
    assert 'class="enclave-hidden"' in hidden._repr_html_()
    more = (
        oc.crosstab(people, index="area", columns="sex").hide({"area": "a"}).hide({"area": "b", "sex": "f"})
    )
    assert sum(cell.status == "hidden" for cell in more.verdict.table.cells) == 3


def test_suppress_hides_what_it_takes(people: Microdata) -> None:
    table = oc.crosstab(people.where("age < 24 OR area = 'a'"), index="area", columns="sex", margins=True)
    assert table.verdict.outcome is Outcome.FAIL
    assert table.hide("failing").verdict.outcome is Outcome.FAIL
    assert table.suppress().verdict.outcome is Outcome.PASS


def test_rounding_rounds_and_keeps_what_was_hidden(people: Microdata) -> None:
    table = oc.crosstab(people, index="sex").hide({"sex": "f"}).round(50)
    assert [cell.value for cell in table.verdict.table.cells] == [None, 100]


def test_what_is_no_table_hides_nothing(people: Microdata) -> None:
    median = oc.median(people, "income")
    for hiding in (median.suppress, lambda: median.hide("failing"), lambda: median.round(5)):
        with pytest.raises(QueryError, match="geen cellen"):
            hiding()


def test_below_a_failing_table_stands_what_would_pass_and_the_call_that_gives_it(people: Microdata) -> None:
    table = oc.crosstab(people.where("age < 24 OR area = 'a'"), index="area", columns="sex", margins=True)
    assert "Wat helpt:\n→ table.proposals[0]: Verberg de cellen die niet voldoen (" in repr(table)
    assert "<li>table.proposals[0]: Verberg" in table._repr_html_()
    hidden, *others = table.proposals
    assert 0 < len(others) <= 2
    assert hidden.verdict.outcome is Outcome.PASS
    assert "Wat helpt" not in repr(hidden)
    assert hidden.query == table.suppress().query


def test_what_passes_or_is_no_table_is_shown_without_proposals(people: Microdata) -> None:
    assert oc.crosstab(people, index="sex").proposals == ()
    assert "Wat helpt" not in repr(oc.quantile(people, "income", q=[0.001]))


def test_of_large_microdata_a_table_only_says_where_to_ask(
    people: Microdata, sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = people.metadata.model_copy(update={"rows": 240})
    (sandbox / "town.json").write_text(known.model_dump_json())
    monkeypatch.setattr(tables, "MOST_ROWS", 239)
    table = oc.crosstab(people, index="age", columns="sex")
    assert repr(table).endswith("→ table.proposals: zoekt wat wel zou kunnen.")
    assert len(table.proposals) == 2
