import json
from dataclasses import replace
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
from output_checker.notebook.noise_plots import draw_answer
from output_checker.verdict import PolicyReference
from tests.output_checker.notebook.test_submission import Service, answer, running, service

__all__ = ["running", "service"]


def test_the_error_and_the_useless_cells_are_known_before_spending(sandbox: Path) -> None:
    table = oc.crosstab(oc.open("town"), index="area", columns="sex", margins=True)
    noisy = table.noise(epsilon=0.1)
    assert noisy.query.noise is not None
    assert noisy.query.noise.epsilon == 0.1
    told = repr(noisy)
    assert "met ruis, epsilon 0,1" in told
    assert "count, area × sex: 95 % van de cellen binnen 30 personen" in told
    assert "count, -: " in told
    assert noisy.useless == 0
    assert noisy.query.digest != table.query.digest


def test_a_small_budget_makes_small_cells_useless(sandbox: Path) -> None:
    noisy = oc.crosstab(oc.open("town"), index="area", columns="sex").noise(epsilon=0.01)
    assert noisy.useless == 1
    assert "100 % van de cellen" in noisy._repr_html_()
    assert noisy._repr_html_().count("<li>") == 4


@pytest.mark.parametrize(
    ("noise", "label", "said"),
    [
        ({"epsilon": 0.25}, "wat het antwoord kost (epsilon)", "met ruis, epsilon 0,25: 95 % van de cellen"),
        ({"rho": 4}, "wat het antwoord kost (rho)", "met ruis, rho 4: 95 % van de cellen binnen 0 personen"),
    ],
)
def test_the_plot_of_error_against_budget(
    sandbox: Path, noise: dict[str, float], label: str, said: str
) -> None:
    figure = oc.crosstab(oc.open("town"), index="area").noise(**noise).plot()
    (axes,) = figure.axes
    errors = list(axes.lines[0].get_ydata())
    assert axes.get_xlabel() == label
    assert figure.get_suptitle().startswith(said)
    assert errors == sorted(errors, reverse=True)
    assert axes.lines[1].get_xdata() == [next(iter(noise.values()))], "what was asked stands out"
    assert f"\u00b1 {errors[0]:g}" in [one.get_text() for one in axes.texts]
    assert max(axes.lines[0].get_xdata()) <= 10, "nothing is drawn that nobody may ask"


def test_the_error_of_means_and_quantiles_is_plotted_as_it_is_told(sandbox: Path) -> None:
    mean = oc.crosstab(oc.open("town"), index="area", values="income", aggfunc="mean").noise(epsilon=1)
    (axes,) = mean.plot().axes
    assert f"within about {dict(axes.lines[0].get_xydata())[1.0]:.3g}" in mean.expected[0].words.en
    median = oc.median(oc.open("town"), "income").noise(epsilon=1)
    (axes,) = median.plot().axes
    assert dict(axes.lines[0].get_xydata())[1.0] == median.expected[0].margin


@pytest.mark.parametrize(
    ("noise", "left", "begins"),
    [
        ({"epsilon": 0.5}, Loss(5 * 10**8, None), 1.0),
        ({"epsilon": 0.5}, Loss(5 * 10**8, 6 * 10**8), 0.6),
        ({"rho": 0.1}, Loss(5 * 10**8, None), 0.5),
        ({"rho": 0.1}, Loss(10**10, None), None),
    ],
)
def test_what_is_more_than_is_left_is_shaded(
    sandbox: Path, noise: dict[str, float], left: Loss, begins: float | None
) -> None:
    asked = oc.crosstab(oc.open("town"), index="area").noise(**noise)
    (axes,) = replace(asked, left=(Left("household", Loss(1, None)), Left("person", left))).plot().axes
    shaded = [one.get_x() for one in axes.patches]
    assert shaded == ([] if begins is None else pytest.approx([begins]))
    assert ("meer dan er over is" in [one.get_text() for one in axes.texts]) is (begins is not None)


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
    figure = request.outputs[0].plot()
    assert figure is not None
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(names) == 3, "two and the missing ones; no total"
    assert list(figure.axes[0].lines[0].get_xdata()) == list(found.table.columns[0].values[: len(names)])
    several = [{"position": place, "title": "", "outcome": "review"} for place in (1, 2)]
    both = answer("under_review") | {"outputs": several}
    running.answers = [(202, both), (200, documents), (200, {"verdict": documents["verdict"]})]
    with_noise, without = oc.submit([noisy, noisy], title="t", purpose="p").outputs
    assert with_noise.noise == found
    assert without.df is without.plot() is None


def test_where_the_truth_lies_is_drawn_as_far_as_it_can_lie_there(sandbox: Path) -> None:
    counts = oc.crosstab(oc.open("town"), index="sex").noise(epsilon=1)
    found = draw(counts.query, open_dataset("town").dataset)
    ends = {"lower": (-7, 5, -40), "upper": (13, 25, -20)}
    unlikely = found.table.columns[0].model_copy(update=ends)
    table = found.table.model_copy(update={"columns": (unlikely,)})
    (bars,) = draw_answer(found.model_copy(update={"table": table}), "en").axes[0].collections
    assert [[end for end, _ in path.vertices] for path in bars.get_paths()] == [[0, 13], [5, 25], [0, 10]]
    mean = oc.crosstab(oc.open("town"), index="sex", values="income", aggfunc="mean").noise(epsilon=1)
    found = draw(mean.query, open_dataset("town").dataset)
    (bars,) = draw_answer(found, "nl").axes[0].collections
    ends = [end for path in bars.get_paths() for end, _ in path.vertices]
    column = found.table.columns[0]
    assert (min(ends), max(ends)) == (min(column.lower), max(column.upper))
