"""Computing a model: the table of coefficients and fit, and the evidence behind it."""

from dataclasses import replace

import numpy as np

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.errors import QueryError
from output_checker.kinds.base import Computed, Part
from output_checker.kinds.model.design import Design, make_design
from output_checker.kinds.model.diagnostics import basis_of, dependent
from output_checker.kinds.model.fit import Fitted, Material, fit, within
from output_checker.kinds.model.gather import Behind, evidence_of, exact_parts
from output_checker.kinds.model.hinges import hinged_terms
from output_checker.kinds.model.observations import Observations, observe
from output_checker.kinds.model.plan import ModelPlan
from output_checker.kinds.model.query import ModelQuery
from output_checker.kinds.model.sheet import Line, filled, table_of
from output_checker.text import Text
from output_checker.verdict import Table

BINARY = frozenset({"logit", "probit"})
COUNTS = frozenset({"poisson", "negative_binomial"})


def compute(query: ModelQuery, plan: ModelPlan, dataset: Dataset, engine: Engine) -> Computed:
    """Fit a planned model, and gather what its rules look at.

    Raises:
        QueryError: nobody takes part, terms are combinations of others, or there is no estimate.
        DatasetError: the microdata holds a value that its metadata does not know.
        EvidenceError: it could not be fetched within the limits.
    """
    seen = observe(plan.inputs, dataset, engine)
    _check_outcome(query, plan, seen)
    always = query.family == "cox" or query.absorb is not None
    formula = replace(plan.formula, intercept=plan.formula.intercept or always)
    whole = make_design(formula, plan.inputs, seen, plan.largest)
    shown = _without_constant(whole) if always else whole
    used = _without_effects(shown, seen, plan.absorb) if plan.absorb else whole
    _check_columns(used)
    scale = np.sqrt(seen.numbers[plan.weights]) if plan.weights else np.ones(seen.size)
    basis = basis_of(used.matrix * scale[:, np.newaxis] if plan.weights else used.matrix)
    fitted = fit(query, _material(plan, used if plan.absorb else shown, seen))
    units = dataset.metadata.units
    others = tuple(unit.label for name, unit in units.items() if name != plan.inputs.unit)
    unit = units[plan.inputs.unit].label
    table = _table(shown, fitted, seen, unit)
    behind = Behind(query, plan, unit, others, seen, shown, used, basis, scale)
    cells, key = filled(table), units[plan.inputs.unit].key
    hinged = tuple(hinged_terms(plan.terms, plan.inputs, key, engine, cells))
    return Computed(table, (Part(evidence_of(behind, fitted, cells, hinged)), *exact_parts(behind)))


def _check_outcome(query: ModelQuery, plan: ModelPlan, seen: Observations) -> None:
    """Raise QueryError unless the outcome is of the kind that the family explains."""
    outcome = seen.numbers[plan.formula.outcome]
    if query.family in BINARY and not np.isin(outcome, (0, 1)).all():
        raise _of_other_kind(Text(nl="een 0 of een 1", en="0 or 1"), "formula")
    if query.family in COUNTS and not ((outcome >= 0) & (outcome == np.floor(outcome))).all():
        raise _of_other_kind(Text(nl="een aantal", en="a count"), "formula")
    if query.family == "cox" and not (outcome > 0).all():
        raise _of_other_kind(Text(nl="een duur boven nul", en="a duration above zero"), "formula")
    if plan.event and not np.isin(seen.numbers[plan.event], (0, 1)).all():
        raise _of_other_kind(Text(nl="een 0 of een 1", en="0 or 1"), "event")


def _of_other_kind(wanted: Text, field: str) -> QueryError:
    message = Text(nl=f"Deze variabele is niet overal {wanted.nl}.", en=f"This is not always {wanted.en}.")
    remedy = Text(nl="Leid er een af met derive.", en="Make one by derive.")
    return QueryError(message, field=field, remedy=remedy)


def _without_effects(design: Design, seen: Observations, absorb: str) -> Design:
    """The columns within entities; what is left of one that is the same within an entity are rounding errors."""
    matrix = np.empty_like(design.matrix)
    for place, column in enumerate(design.matrix.T):
        left = within(column, seen.categories[absorb].codes)
        matrix[:, place] = np.where(np.abs(left) > _ROUNDING * np.abs(column).max(), left, 0.0)
    return Design(design.columns, matrix)


_ROUNDING = 1e-12


def _without_constant(design: Design) -> Design:
    return Design(design.columns[1:], design.matrix[:, 1:])


def _check_columns(design: Design) -> None:
    """Raise QueryError unless each column adds something of its own and there are more rows than columns."""
    rows, columns = design.matrix.shape
    if rows <= columns:
        message = Text(
            nl="Er zijn niet meer waarnemingen dan termen.", en="There are no more observations than terms."
        )
        raise QueryError(message, field="formula", remedy=_FEWER)
    empty = [place for place in range(columns) if not design.matrix[:, place].any()]
    if alike := empty or dependent(design.matrix):
        named = [design.columns[place].words for place in alike[:5]]
        message = Text(
            nl=f"Volgt geheel uit de andere termen: {'; '.join(words.nl for words in named)}.",
            en=f"Follows entirely from the other terms: {'; '.join(words.en for words in named)}.",
        )
        raise QueryError(message, field="formula", remedy=_FEWER)


_FEWER = Text(nl="Laat termen weg.", en="Leave terms out.")


def _material(plan: ModelPlan, design: Design, seen: Observations) -> Material:
    outcome = seen.numbers[plan.formula.outcome]
    entities = seen.categories[plan.absorb].codes if plan.absorb else None
    return Material(
        outcome=outcome if entities is None else within(outcome, entities),
        matrix=design.matrix,
        event=seen.numbers[plan.event] if plan.event else None,
        weights=seen.numbers[plan.weights] if plan.weights else None,
        entities=entities,
    )


def _table(design: Design, fitted: Fitted, seen: Observations, unit: Text) -> Table:
    columns = _columns(fitted.letter)
    names = [(column.code, column.words) for column in design.columns]
    names += [(name, Text.same(name)) for name in fitted.extra]
    units = seen.units.count(seen.everybody)
    lines = [
        Line((code,), (words,), dict(zip(columns, map(float, numbers), strict=False)), units)
        for (code, words), numbers in zip(names, fitted.coefficients, strict=True)
    ]
    counts = {"n": seen.size, "units": units, "left_out": seen.left_out}
    fits: dict[str, float | int] = {**counts, "df_resid": fitted.degrees_of_freedom, **fitted.fit}
    lines += [
        Line((f"({name})",), (_fit_words(unit)[name],), {"value": value}, _behind(name, seen, units))
        for name, value in fits.items()
    ]
    return table_of(lines, columns, {"term": Text(nl="Term", en="Term")})


def _behind(name: str, seen: Observations, units: int) -> int:
    return seen.left_out if name == "left_out" else units


def _columns(letter: str) -> dict[str, Text]:
    return {
        "coefficient": Text(nl="coëfficiënt", en="coefficient"),
        "std_err": Text(nl="standaardfout", en="standard error"),
        letter: Text.same(letter),
        "p_value": Text(nl="p-waarde", en="p-value"),
        "ci_low": Text(nl="95 %-interval, van", en="95% interval, from"),
        "ci_high": Text(nl="95 %-interval, tot", en="95% interval, to"),
        "value": Text(nl="waarde", en="value"),
    }


def _fit_words(unit: Text) -> dict[str, Text]:
    return {
        "n": Text(nl="waarnemingen", en="observations"),
        "units": unit,
        "left_out": Text(
            nl=f"{unit.nl} weggelaten: een waarde ontbreekt", en=f"{unit.en} left out: a value is missing"
        ),
        "df_resid": Text(nl="vrijheidsgraden", en="degrees of freedom"),
        "r_squared": Text.same("R²"),
        "r_squared_adjusted": Text(nl="R², aangepast", en="R², adjusted"),
        "r_squared_within": Text(nl="R² binnen groepen", en="R² within groups"),
        "pseudo_r_squared": Text.same("pseudo-R²"),
        "f": Text.same("F"),
        "f_p_value": Text(nl="p-waarde van F", en="p-value of F"),
        "log_likelihood": Text(nl="log-aannemelijkheid", en="log-likelihood"),
        "deviance": Text(nl="deviantie", en="deviance"),
        "aic": Text.same("AIC"),
        "bic": Text.same("BIC"),
    }
