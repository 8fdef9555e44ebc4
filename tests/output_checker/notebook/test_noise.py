from pathlib import Path

import pytest

import output_checker as oc
from output_checker.errors import QueryError
from output_checker.noise.errors import NoiseError


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
