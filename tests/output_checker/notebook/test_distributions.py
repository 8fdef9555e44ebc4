from pathlib import Path

import numpy as np
import pytest

import output_checker as oc
from output_checker.errors import QueryError
from output_checker.notebook.figures import CheckedFigure
from output_checker.notebook.microdata import Microdata
from output_checker.verdict import Outcome


@pytest.fixture
def people(sandbox: Path) -> Microdata:
    opened: Microdata = oc.open("town")
    return opened


def test_equals_pandas(people: Microdata) -> None:
    frame = people.df
    assert (
        oc.median(people, "income", by="sex").df["0.5"].to_dict()
        == frame.groupby("sex")["income"].median().to_dict()
    )
    expected = frame["income"].quantile([0.1, 0.9]).tolist()
    assert oc.quantile(people, "income", [0.1, 0.9]).df["quantile_income"].tolist() == pytest.approx(expected)
    assert list(oc.box(people, "income", by="sex").df.columns) == ["0.05", "0.25", "0.5", "0.75", "0.95"]
    counts = np.histogram(frame["age"], bins=9, range=(0, 99))[0].tolist()
    assert oc.hist(people, "age", bins=9).df["count_age"].tolist() == counts


def test_steps_come_along(people: Microdata) -> None:
    chosen = people.where("age >= 30").derive(double="income * 2")
    asked = oc.density(chosen, "double", clip=(0, 3000), gridsize=7).query
    assert asked.where == ("age >= 30",)
    assert asked.derive == {"double": "income * 2"}


def test_concentration(people: Microdata) -> None:
    assert oc.gini(people, "income").df.index.tolist() == ["gini"]
    both = oc.concentration(people, "income", measures="herfindahl", lorenz=[0.5], by="sex")
    assert both.df.columns.tolist() == ["herfindahl", "lorenz_0.5"]


def test_mistakes_speak_dutch(people: Microdata) -> None:
    with pytest.raises(QueryError, match="geen openbare grenzen"):
        oc.hist(people, "hours")


def test_survival(people: Microdata) -> None:
    curve = oc.kaplan_meier(people, "age", "employed")
    assert curve.df.columns.tolist() == ["survival", "std_err"]
    table = oc.life_table(people, "age", "employed", by="sex", times=[30, 50, 70])
    assert table.df.columns.tolist() == ["at_risk", "events", "censored", "hazard", "survival"]


def test_a_figure_shows_the_drawing_and_the_verdict_underneath(people: Microdata) -> None:
    figure = oc.figure(oc.crosstab(people, index="age", columns="sex"), mark="bar")
    assert isinstance(figure, CheckedFigure)
    assert figure.verdict.outcome is Outcome.FAIL
    html = figure._repr_html_()
    assert html.startswith('<figure><img alt="staafdiagram: count"')
    assert "✗" in html
    assert "<svg" in figure.svg
    assert figure.verdict.query_digest == figure.query.digest


def test_a_figure_of_a_figure(people: Microdata) -> None:
    figure = oc.figure(oc.crosstab(people, index="sex"), mark="bar")
    with pytest.raises(QueryError, match="al een figuur"):
        oc.figure(figure, mark="line")
    with pytest.raises(QueryError, match="niet te tekenen"):
        oc.figure(oc.crosstab(people, index="sex"), mark="survival")
