"""Questions: what each kind of query asks of noise, in classifications, levels and measures."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.expressions import Scope
from output_checker.kinds.grouped import GroupedQuery
from output_checker.kinds.histogram.kind import HEADING, bin_labels, binned, free_name
from output_checker.kinds.histogram.query import HistogramQuery
from output_checker.kinds.quantiles.query import QuantilesQuery
from output_checker.kinds.table.query import TableQuery
from output_checker.metadata import Variable
from output_checker.noise.errors import NoiseError
from output_checker.noise.keys import Set
from output_checker.noise.sensitivity import bounds_of
from output_checker.noise.tallies import Question
from output_checker.numbers import spelled
from output_checker.plan import Classification, classifications_of, number_of, typed
from output_checker.query import Query
from output_checker.text import Text

QUANTILE_BINS = 1_024
"""Most bins over the public bounds from which quantiles are read."""


@dataclass(frozen=True)
class Asked:
    """What is asked: ``published`` has the levels, the finest first; ``rows`` how many classifications head the rows.

    ``share`` says of what counts become shares; ``positions`` are the quantiles that are read from the bins of the last
    classification, which lie between ``edges``. ``values`` has the rendered number behind each variable that is tallied.
    """

    classifications: tuple[Classification, ...]
    published: tuple[Set, ...]
    questions: tuple[Question, ...]
    values: dict[str, str]
    rows: int
    share: Literal["all", "index", "columns"] | None = None
    positions: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()


def asked_of(query: Query, scope: Scope, dataset: Dataset, engine: Engine) -> Asked:
    """What a query asks.

    Raises:
        NoiseError: noise has no answer to this kind of query, or to something in it.
        QueryError: a name is unknown, or has no public labels.
    """
    if isinstance(query, TableQuery):
        return _of_table(query, scope, engine, dataset)
    if isinstance(query, HistogramQuery):
        return _of_histogram(query, scope, engine, dataset)
    if isinstance(query, QuantilesQuery):
        return _of_quantiles(query, scope, engine, dataset)
    remedy = Text(
        nl="Kies een tabel, een histogram of kwantielen.", en="Choose a table, a histogram or quantiles."
    )
    raise NoiseError(_NO_KIND, field="kind", remedy=remedy)


_NO_KIND = Text(nl="Deze soort vraag bestaat niet met ruis.", en="There is no noisy version of this kind.")
_WITHOUT = ("weights", "base", "over", "hide", "rounding")


def _of_table(query: TableQuery, scope: Scope, engine: Engine, dataset: Dataset) -> Asked:
    for field in _WITHOUT:
        if getattr(query, field):
            message = Text(nl=f"{field} gaat niet samen met ruis.", en=f"{field} does not go with noise.")
            raise NoiseError(message, field=field)
    units = dataset.visible.unit_label(query.unit)
    questions = tuple(
        Question(one.name, one.aggfunc, one.values, one.words(dataset.visible, units))
        for one in query.measures
    )
    if query.normalize and any(one.aggfunc != "count" or one.values for one in query.measures):
        message = Text(nl="Alleen aantallen hebben aandelen.", en="Only counts have shares.")
        raise NoiseError(message, field="normalize")
    rows = classifications_of(scope, query.index, "index", engine)
    columns = classifications_of(scope, query.columns, "columns", engine)
    return Asked(
        classifications=(*rows, *columns),
        published=tuple(_levels(query, len(rows), len(columns))),
        questions=questions,
        values=dict(_rendered(questions, scope, engine)),
        rows=len(rows),
        share=query.normalize,
    )


def _levels(query: TableQuery, rows: int, columns: int) -> Iterator[Set]:
    """Inner cells, subtotals and totals of rows, and the same summed over the columns."""
    leading = [rows, *(range(rows - 1, 0, -1) if query.subtotals else ()), *((0,) if query.margins else ())]
    inner = tuple(range(rows, rows + columns))
    for tail in (inner, ()) if query.margins and columns else (inner,):
        for length in leading:
            yield (*range(length), *tail)


def _rendered(questions: tuple[Question, ...], scope: Scope, engine: Engine) -> Iterator[tuple[str, str]]:
    for question in questions:
        if question.values and question.aggfunc == "count":
            sql = scope.render(scope.variable(question.values, "values"))
            typed(sql, "values", engine)
            yield question.values, sql
        elif question.values:
            yield question.values, _number(scope, question.values, engine)


def _number(scope: Scope, name: str, engine: Engine) -> str:
    """A number, or a yes or no as one or zero."""
    sql = scope.render(scope.variable(name, "values"))
    if typed(sql, "values", engine) == "BOOLEAN":
        return f"CAST({sql} AS INTEGER)"
    return number_of(scope, name, "values", engine)


def _of_histogram(query: HistogramQuery, scope: Scope, engine: Engine, dataset: Dataset) -> Asked:
    """Counts per bin. Shares are taken of the group; densities have no noisy version."""
    if query.stat == "density":
        raise NoiseError(_NO_KIND, field="stat")
    value, edges = number_of(scope, query.values, "values", engine), query.edges(dataset.visible)
    words = {str(place): Text.same(label) for place, label in enumerate(bin_labels(edges))}
    bins = Classification(free_name(query, dataset), HEADING, binned(f"({value})", edges), words)
    share: Literal["all", "index"] = "index" if query.by else "all"
    return _of_bins(query, bins, scope, engine, dataset, share if query.stat == "proportion" else None)


def _of_quantiles(query: QuantilesQuery, scope: Scope, engine: Engine, dataset: Dataset) -> Asked:
    """Counts per narrow bin over the public bounds, from which every position is read."""
    positions = tuple(q for q in query.q if not isinstance(q, str))
    if len(positions) < len(query.q):
        raise NoiseError(_NO_EXTREMES, field="q")
    value, variable = (
        number_of(scope, query.values, "values", engine),
        dataset.visible.columns.get(query.values),
    )
    if variable is None:
        message = Text(nl="Kies een geregistreerde variabele.", en="Choose a registered variable.")
        raise NoiseError(message, field="values")
    edges = _narrow(variable)
    bins, width = len(edges) - 1, edges[1] - edges[0]
    place = f"floor((CAST({value} AS DOUBLE) - ({edges[0]!r})) / {width!r})"
    sql = f"CASE WHEN isfinite({place}) THEN CAST(least(greatest({place}, 0), {bins - 1}) AS INTEGER) END"
    words = {str(step): Text.same(spelled(edge)) for step, edge in enumerate(edges[:-1])}
    binned_ = Classification(free_name(query, dataset), HEADING, sql, words)
    return replace(_of_bins(query, binned_, scope, engine, dataset), positions=positions, edges=edges)


def _narrow(variable: Variable) -> tuple[float, ...]:
    """Edges of bins of equal width over the public bounds: one bin for each whole number where they are few."""
    low, high = map(float, bounds_of(variable))
    if variable.type == "integer" and high - low < QUANTILE_BINS:
        return tuple(low + step for step in range(int(high - low) + 2))
    return tuple(low + (high - low) * step / QUANTILE_BINS for step in range(QUANTILE_BINS + 1))


def _of_bins(
    query: GroupedQuery,
    bins: Classification,
    scope: Scope,
    engine: Engine,
    dataset: Dataset,
    share: Literal["all", "index"] | None = None,
) -> Asked:
    """Units per group and bin."""
    by = classifications_of(scope, query.by, "by", engine)
    units = dataset.visible.unit_label(query.unit)
    words = Text(nl=f"aantal {units.nl}", en=f"number of {units.en}")
    return Asked(
        classifications=(*by, bins),
        published=(tuple(range(len(by) + 1)),),
        questions=(Question("count", "count", None, words),),
        values={},
        rows=len(by) or 1,
        share=share,
    )


_NO_EXTREMES = Text(
    nl="Uitersten en modus bestaan niet met ruis.", en="Extremes and modes have no noisy version."
)
