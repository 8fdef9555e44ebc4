"""A noisy answer in the place of a verdict: a frame like that of a table, an interval per number, and no finding."""

from output_checker.noise.judgement import STATISTIC, verdict_on
from output_checker.verdict import Outcome, PolicyReference, Verdict
from tests.output_checker.noise.town import ask
from tests.output_checker.town import Town

POLICY = PolicyReference(name="essnet", version="1", digest="0")


def judged(town: Town, **query: object) -> Verdict:
    return verdict_on(ask(town, **query), POLICY)


def test_rows_and_columns_are_those_of_the_question(town: Town) -> None:
    found = ask(town, index="area", columns="sex", margins=True)
    verdict = verdict_on(found, POLICY)
    table = verdict.table
    assert (table.row_names, table.column_names) == (("area",), ("sex",))
    assert table.rows[-1] == table.columns[-1] == ("All",)
    assert len(table.cells) == len(table.rows) * len(table.columns) == len(verdict.intervals)
    read = dict(zip(found.table.lines, found.table.columns[0].values, strict=True))
    for cell in table.cells:
        assert cell.value == read[(*table.rows[cell.row], *table.columns[cell.column])]
        assert (cell.units, cell.status) == (0, "pass")
    assert (verdict.outcome, verdict.findings, verdict.seconds) == (Outcome.REVIEW, (), 0)


def test_several_statistics_have_a_column_each(town: Town) -> None:
    verdict = judged(town, index="sex", values="income", aggfunc=["sum", "mean"])
    assert verdict.table.column_names == (STATISTIC,)
    assert len(verdict.table.columns) == 2
    assert verdict.table.heading(STATISTIC, "nl") == "statistiek"
    assert len(verdict.intervals) == len(verdict.table.cells)


def test_what_cannot_be_has_no_number(town: Town) -> None:
    """An area lies in one quarter: with the quarter in the columns most places of the frame are impossible."""
    verdict = judged(town, index="area", columns="quarter")
    empty = [cell for cell in verdict.table.cells if cell.status == "empty"]
    assert empty
    assert all(cell.value is None for cell in empty)
    told = {one.cell for one in verdict.intervals}
    assert len(told) + len(empty) == len(verdict.table.cells)


def test_quantiles_stand_at_their_positions(town: Town) -> None:
    verdict = judged(town, kind="quantiles", values="age", q=[0.5], by="sex")
    assert verdict.table.column_names == ("position",)
