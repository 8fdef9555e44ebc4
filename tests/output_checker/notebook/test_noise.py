import json
from pathlib import Path

import pytest

import output_checker as oc
from output_checker.errors import QueryError
from output_checker.noise.accounting import Loss
from output_checker.noise.answer import answer as draw
from output_checker.noise.errors import NoiseError
from output_checker.noise.judgement import verdict_on
from output_checker.notebook.microdata import open_dataset
from output_checker.notebook.noise import Left
from output_checker.verdict import PolicyReference
from tests.output_checker.notebook.test_submission import Service, answer, running, service

__all__ = ["running", "service"]


def test_the_error_and_the_useless_cells_are_known_before_spending(sandbox: Path) -> None:
    table = oc.crosstab(oc.open("town"), index="area", columns="sex", margins=True)
    noisy = table.noise(epsilon=0.1)
    assert noisy.query.noise is not None
    assert noisy.query.noise.epsilon == 0.1
    told = repr(noisy)
    assert "met ruis, epsilon 0.1" in told
    assert "count, area × sex: 95 % van de cellen binnen 30 personen" in told
    assert "count, -: " in told
    assert noisy.useless == 0
    assert noisy.query.digest != table.query.digest


def test_a_small_budget_makes_small_cells_useless(sandbox: Path) -> None:
    noisy = oc.crosstab(oc.open("town"), index="area", columns="sex").noise(epsilon=0.01)
    assert noisy.useless == 1
    assert "100 % van de cellen" in noisy._repr_html_()
    assert noisy._repr_html_().count("<li>") == 4


def test_the_plot_of_error_against_budget(sandbox: Path) -> None:
    for table, label in (
        (oc.crosstab(oc.open("town"), index="area").noise(epsilon=1), "epsilon"),
        (oc.crosstab(oc.open("town"), index="area").noise(rho=0.5), "rho"),
    ):
        axes = table.plot().axes[0]
        errors = axes.lines[0].get_ydata()
        assert axes.get_xlabel() == label
        assert errors[0] > errors[-1]


def test_what_has_no_noisy_answer_is_refused_in_the_language_of_the_project(sandbox: Path) -> None:
    table = oc.crosstab(oc.open("town"), index="area", values="hours", aggfunc="sum")
    with pytest.raises(NoiseError, match="geen openbare grenzen"):
        table.noise(epsilon=1)
    with pytest.raises(QueryError, match="epsilon of rho"):
        table.noise()
    with pytest.raises(QueryError, match="epsilon of rho"):
        table.noise(1, rho=1)


def test_statistics_that_cannot_be_added_have_no_margin_of_a_cell(sandbox: Path) -> None:
    table = oc.crosstab(oc.open("town"), index="area", values="income", aggfunc="mean")
    assert table.noise(epsilon=1).useless == 0


def left(**changes: object) -> dict[str, object]:
    one = {"dataset": "town", "unit": "person", "population": "persons", "nano_rho": 5 * 10**8}
    return {**one, "nano_epsilon": None, **changes}


def test_what_is_left_of_the_budget_is_told_before_spending(running: Service, sandbox: Path) -> None:
    others = [left(dataset="other"), left(unit="street", nano_epsilon=10**9)]
    running.answers = [(200, {"items": [left(), *others]}), (200, {"items": []})]
    table = oc.crosstab(oc.open("town"), index="sex")
    noisy = table.noise(epsilon=0.5)
    assert noisy.left == (Left("person", Loss(5 * 10**8, None)), Left("street", Loss(5 * 10**8, 10**9)))
    told = repr(noisy)
    assert "person: kost rho 0.125 (epsilon 0.5) van de rho 0.5 die over is" in told
    assert "street: kost ? van de rho 0.5 (epsilon 1) die over is" in told
    assert "geen privacybudget" in repr(table.noise(epsilon=0.5))


def test_a_noisy_table_is_submitted_like_any_other_and_comes_back_with_its_numbers(
    running: Service, sandbox: Path
) -> None:
    running.answers = [(200, {"items": [left()]})]
    noisy = oc.crosstab(oc.open("town"), index="sex", margins=True).noise(epsilon=0.5)
    found = draw(noisy.query, open_dataset("town").dataset)
    verdict = verdict_on(found, PolicyReference(name="essnet", version="1", digest="0"))
    documents = {"verdict": json.loads(verdict.model_dump_json()), "noise": found.model_dump(mode="json")}
    whole = answer("under_review", documents["verdict"]) | {"noise": documents["noise"]}
    running.answers = [(202, whole)]
    request = oc.submit(noisy, title="t", purpose="p")
    sent = running.asked[-1][2]
    assert sent["query"]["noise"] == {"epsilon": 0.5}
    assert sent["idempotency_key"] == noisy.key
    frame = request.outputs[0].df
    assert frame is not None
    assert list(frame.columns) == ["count", "count_raw", "count_lower", "count_upper"]
    assert tuple(frame["count"]) == found.table.columns[0].values
    assert "95 % van de cellen binnen" in repr(request)
    several = [{"position": place, "title": "", "outcome": "review"} for place in (1, 2)]
    both = answer("under_review") | {"outputs": several}
    running.answers = [(202, both), (200, documents), (200, {"verdict": documents["verdict"]})]
    with_noise, without = oc.submit([noisy, noisy], title="t", purpose="p").outputs
    assert with_noise.noise == found
    assert without.df is None
