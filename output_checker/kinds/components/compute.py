"""Computing components: statsmodels does the numbers.

All loadings with their variances are the correlation matrix in other words, so they are judged as correlations are.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from statsmodels.multivariate.factor import Factor
from statsmodels.multivariate.pca import PCA

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.errors import QueryError
from output_checker.inference import Group
from output_checker.kinds.base import Computed, Part
from output_checker.kinds.components.query import ComponentsQuery
from output_checker.kinds.hypothesis_test.pairs import all_pairs, check_variation, correlations
from output_checker.kinds.model.inputs import Inputs
from output_checker.kinds.model.observations import Numbers, Observations, observe
from output_checker.kinds.model.sheet import Line, filled, table_of
from output_checker.text import Text
from output_checker.verdict import Table


@dataclass(frozen=True)
class Found:
    """Loadings, variables by components; the share of the variance of each component; the shared part of each variable."""

    loadings: Numbers
    explained: Numbers
    communality: Numbers | None = None


def compute(query: ComponentsQuery, inputs: Inputs, dataset: Dataset, engine: Engine) -> Computed:
    """Find components, and gather what the rules look at.

    Raises:
        QueryError: nobody takes part, there are no more of them than variables, or there is no answer.
        EvidenceError: the values could not be fetched within the limits.
    """
    seen = observe(inputs, dataset, engine)
    check_variation(inputs, seen)
    if seen.size <= len(query.values):
        message = Text(
            nl="Er zijn niet meer waarnemingen dan variabelen.",
            en="There are no more observations than variables.",
        )
        raise QueryError(message, field="values")
    units = dataset.metadata.units
    unit = units[inputs.unit].label
    table = _table(query, _found(query, seen), inputs, seen, unit)
    cells = filled(table)
    pairs = dict.fromkeys(all_pairs(query.values), cells)
    others = tuple(other.label for name, other in units.items() if name != inputs.unit)
    evidence = correlations(
        seen.numbers, inputs, seen, pairs, (unit, others), cells, len(query.values) + query.components
    )
    left_out = Group(_left_out(unit), seen.left_out, (), cells[-1:])
    return Computed(table, (Part(replace(evidence, published=(left_out, *evidence.published))),))


def _found(query: ComponentsQuery, seen: Observations) -> Found:
    matrix = np.column_stack([seen.numbers[name] for name in query.values])
    methods: dict[str, Callable[[ComponentsQuery, Numbers], Found]] = {"pca": _pca, "factor": _factor}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return methods[query.method](query, matrix)
    except (np.linalg.LinAlgError, ValueError):
        raise _unknown() from None


def _unknown() -> QueryError:
    message = Text(nl="Deze componenten zijn niet te berekenen.", en="These components cannot be computed.")
    remedy = Text(
        nl="Misschien volgt een variabele geheel uit andere.",
        en="Perhaps a variable follows entirely from others.",
    )
    return QueryError(message, field="values", remedy=remedy)


def _pca(query: ComponentsQuery, matrix: Numbers) -> Found:
    result = PCA(matrix, standardize=query.standardize, demean=True)
    share = np.asarray(result.eigenvals / result.eigenvals.sum())
    return Found(_signed(result.eigenvecs[:, : query.components]), share[: query.components])


def _factor(query: ComponentsQuery, matrix: Numbers) -> Found:
    result = Factor(matrix, n_factor=query.components, method="pa").fit()
    if query.rotation:
        result.rotate(query.rotation)
    loadings = np.asarray(result.loadings)
    return Found(
        _signed(loadings), (loadings**2).sum(axis=0) / matrix.shape[1], np.asarray(result.communality)
    )


def _signed(loadings: Numbers) -> Numbers:
    """Each component with its largest loading positive: the sign of a component means nothing."""
    largest = loadings[np.abs(loadings).argmax(axis=0), np.arange(loadings.shape[1])]
    signed: Numbers = loadings * np.sign(largest)
    return signed


def _table(query: ComponentsQuery, found: Found, inputs: Inputs, seen: Observations, unit: Text) -> Table:
    names = [str(number) for number in range(1, query.components + 1)]
    columns = {name: Text(nl=f"component {name}", en=f"component {name}") for name in names}
    columns |= (
        {} if found.communality is None else {"communality": Text(nl="communaliteit", en="communality")}
    )
    units = seen.units.count(seen.everybody)
    lines = [
        Line((name,), (inputs[name].heading,), _of_variable(names, found, place), units)
        for place, name in enumerate(query.values)
    ]
    explained = Text(nl="aandeel van de variantie", en="share of the variance")
    lines.append(
        Line(
            ("(explained)",), (explained,), dict(zip(names, map(float, found.explained), strict=True)), units
        )
    )
    for name, words, number in (
        ("n", Text(nl="waarnemingen", en="observations"), seen.size),
        ("units", unit, units),
        ("left_out", _left_out(unit), seen.left_out),
    ):
        lines.append(
            Line((f"({name})",), (words,), {"value": number}, number if name == "left_out" else units)
        )
    return table_of(lines, {**columns, "value": Text(nl="waarde", en="value")}, {"variable": _VARIABLE})


_VARIABLE = Text(nl="Variabele", en="Variable")


def _of_variable(names: list[str], found: Found, place: int) -> dict[str, float]:
    shared = {} if found.communality is None else {"communality": float(found.communality[place])}
    return dict(zip(names, map(float, found.loadings[place]), strict=True)) | shared


def _left_out(unit: Text) -> Text:
    return Text(
        nl=f"{unit.nl} weggelaten: een waarde ontbreekt", en=f"{unit.en} left out: a value is missing"
    )
