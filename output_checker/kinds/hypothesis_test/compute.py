"""Computing tests: SciPy does the numbers; the evidence is the groups that it compared."""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy import stats

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.errors import QueryError
from output_checker.inference import Group, InferenceEvidence
from output_checker.kinds.base import Computed, Part
from output_checker.kinds.hypothesis_test.pairs import all_pairs, check_variation, correlations, has_composed
from output_checker.kinds.hypothesis_test.plan import TestPlan
from output_checker.kinds.hypothesis_test.query import HypothesisTestQuery
from output_checker.kinds.model.exact import Sample, mean_of
from output_checker.kinds.model.observations import Mask, Numbers, Observations, observe
from output_checker.kinds.model.sheet import Line, filled, table_of
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Table


@dataclass(frozen=True)
class Behind:
    """Everything behind a test."""

    query: HypothesisTestQuery
    plan: TestPlan
    unit: Text
    other_units: tuple[Text, ...]
    seen: Observations

    def values(self, place: int = 0) -> Numbers:
        """One of the numbers."""
        return self.seen.numbers[self.query.values[place]]

    def samples(self) -> list[Numbers]:
        """The values of each group."""
        codes = self.seen.categories[self.query.by[0]].codes
        return [self.values()[codes == place] for place in np.unique(codes)]


def compute(query: HypothesisTestQuery, plan: TestPlan, dataset: Dataset, engine: Engine) -> Computed:
    """Test, and gather what the rules look at.

    Raises:
        QueryError: nobody takes part, groups are too few or too many, or there is no finite answer.
        DatasetError: the microdata holds a value that its metadata does not know.
        EvidenceError: it could not be fetched within the limits.
    """
    seen = observe(plan.inputs, dataset, engine)
    check_variation(plan.inputs, seen)
    units = dataset.metadata.units
    others = tuple(unit.label for name, unit in units.items() if name != plan.inputs.unit)
    behind = Behind(query, plan, units[plan.inputs.unit].label, others, seen)
    return _correlated(behind) if query.test == "correlation" else _tested(behind)


def _tested(behind: Behind) -> Computed:
    found = {"ttest": _ttest, "anova": _anova, "chi2": _chi2}[behind.query.test](behind)
    if not all(np.isfinite(number) for number in found.values()):
        raise _unknown()
    seen = behind.seen
    units, others = seen.counts(seen.everybody)
    numbers: dict[str, float | int] = {**found, "n": seen.size, "units": units, "left_out": seen.left_out}
    words = _words(behind.unit)
    lines = [
        Line((name,), (words[name],), {"value": number}, seen.left_out if name == "left_out" else units)
        for name, number in numbers.items()
    ]
    table = table_of(lines, {"value": Text(nl="waarde", en="value")}, {"result": Text(nl="Toets", en="Test")})
    cells = filled(table)
    evidence = InferenceEvidence(
        unit=behind.unit,
        other_units=behind.other_units,
        family=Statbarn.STATISTICAL_HYPOTHESIS_TESTS,
        cells=cells,
        units=units,
        degrees_of_freedom=_left(behind, found, units),
        groups=(Group(behind.unit, units, others, cells), *_groups(behind, cells)),
        published=(Group(words["left_out"], seen.left_out, (), cells[-1:]), *_solved(behind, cells)),
        composed=has_composed(behind.plan.inputs, seen),
    )
    return Computed(table, (Part(evidence), *_exact(behind, table)))


def _left(behind: Behind, found: dict[str, float], units: int) -> int:
    """Degrees of freedom that are left; those of a chi-squared are of the table, so observations take their place."""
    groups = sum(len(kind.levels) for kind in behind.seen.categories.values()) or 1
    if behind.query.test == "chi2":
        return min(behind.seen.size, units) - groups
    residual = found["df_within"] if behind.query.test == "anova" else found["df"]
    return int(min(residual, units - groups))


def _ttest(behind: Behind) -> dict[str, float]:
    query = behind.query
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of too small samples: those are refused below
        if query.paired:
            result = stats.ttest_rel(behind.values(), behind.values(1))
        elif query.popmean is not None:
            result = stats.ttest_1samp(behind.values(), query.popmean)
        else:
            samples = behind.samples()
            if len(samples) != 2:
                raise _wrong_groups(Text(nl="precies twee groepen", en="exactly two groups"))
            result = stats.ttest_ind(*samples, equal_var=query.equal_var)
    return {"t": float(result.statistic), "df": float(result.df), "p_value": float(result.pvalue)}


def _anova(behind: Behind) -> dict[str, float]:
    samples = behind.samples()
    if len(samples) < 2:
        raise _wrong_groups(Text(nl="minstens twee groepen", en="at least two groups"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of too small or constant samples: those are refused below
        result = stats.f_oneway(*samples)
    within = float(behind.seen.size - len(samples))
    return {
        "f": float(result.statistic),
        "df_between": float(len(samples) - 1),
        "df_within": within,
        "p_value": float(result.pvalue),
    }


def _chi2(behind: Behind) -> dict[str, float]:
    kinds = [behind.seen.categories[name] for name in behind.query.by]
    shape = [len(kind.levels) for kind in kinds]
    if min(shape) < 2:
        raise _wrong_groups(Text(nl="minstens twee categorieën", en="at least two categories"))
    joined = np.ravel_multi_index([kind.codes for kind in kinds], shape)
    result = stats.chi2_contingency(np.bincount(joined, minlength=shape[0] * shape[1]).reshape(shape))
    return {"chi2": float(result.statistic), "df": float(result.dof), "p_value": float(result.pvalue)}


def _wrong_groups(wanted: Text) -> QueryError:
    message = Text(nl=f"Deze toets vergelijkt {wanted.nl}.", en=f"This test compares {wanted.en}.")
    remedy = Text(nl="Kies met where of leid er een af.", en="Choose by where, or derive one.")
    return QueryError(message, field="by", remedy=remedy)


def _unknown() -> QueryError:
    message = Text(
        nl="Deze toets heeft geen eindige uitkomst: de waarden verschillen te weinig of zijn er te weinig.",
        en="This test has no finite answer: values differ too little, or there are too few.",
    )
    return QueryError(message, field="values")


def _groups(behind: Behind, cells: tuple[int, ...]) -> Iterator[Group]:
    """Each group; of two by two categories their combinations too, which follow from the statistic and the totals."""
    kinds = {name: behind.seen.categories[name] for name in behind.query.by}
    for name, kind in kinds.items():
        heading = behind.plan.inputs[name].heading
        for place, words in enumerate(kind.words):
            label = Text(nl=f"{heading.nl}: {words.nl}", en=f"{heading.en}: {words.en}")
            yield Group(label, *behind.seen.counts(kind.codes == place), cells)
    if _freedom(behind) == 1:
        yield from _combinations(behind, cells)
    yield from _of_two_kinds(behind, cells)


def _freedom(behind: Behind) -> int:
    """How many counts of a table of two classifications its totals leave open; none where there is no such table."""
    if behind.query.test != "chi2":
        return 0
    return math.prod(len(kind.levels) - 1 for kind in behind.seen.categories.values())


def _combinations(behind: Behind, cells: tuple[int, ...]) -> Iterator[Group]:
    """The cells of the table of two classifications."""
    one, other = behind.seen.categories.values()
    for first, second in product(range(len(one.levels)), range(len(other.levels))):
        rows = (one.codes == first) & (other.codes == second)
        label = Text(
            nl=f"{one.words[first].nl} × {other.words[second].nl}",
            en=f"{one.words[first].en} × {other.words[second].en}",
        )
        yield Group(label, *behind.seen.counts(rows), cells)


def _solved(behind: Behind, cells: tuple[int, ...]) -> Iterator[Group]:
    """Those whose number follows from a result that so few counts are behind that readers can try them all."""
    if 1 < _freedom(behind) <= _MOST_FREEDOM:
        yield from _combinations(behind, cells)
    yield from _of_few_kinds(behind, cells)


_MOST_FREEDOM = 5
"""Counts that twelve digits of a statistic, beside the totals of a table, tell apart."""


def _of_two_kinds(behind: Behind, cells: tuple[int, ...]) -> Iterator[Group]:
    """Of yes and no the statistic follows from how many of each group say which, and the other way round."""
    rows = _compared(behind)
    for place, name in enumerate(behind.query.values):
        values, heading = behind.values(place), behind.plan.inputs[name].heading
        label = Text(nl=f"{heading.nl}: één van twee waarden", en=f"{heading.en}: one of two values")
        distinct = np.unique(values)
        for value in distinct if len(distinct) == 2 else ():
            for chosen in rows:
                yield Group(label, *behind.seen.counts(chosen & (values == value)), cells)


def _compared(behind: Behind) -> list[Mask]:
    """The rows of each group, or all where there are no groups."""
    kinds = behind.seen.categories.values()
    found = [kind.codes == place for kind in kinds for place in range(len(kind.words))]
    return found or [behind.seen.everybody]


def _of_few_kinds(behind: Behind, cells: tuple[int, ...]) -> Iterator[Group]:
    """Tests say no more than mean and spread of each group: of few different values those tell how many have which."""
    query, headings = behind.query, behind.plan.inputs
    tested = [behind.seen.numbers[name] for name in query.values]
    if query.paired:
        tested = [tested[0] - tested[1]]
    for values, name in zip(tested, query.values, strict=False):
        heading = headings[name].heading
        label = Text(nl=f"{heading.nl}: één van enkele waarden", en=f"{heading.en}: one of a few values")
        for rows in _compared(behind):
            fewest = behind.seen.fewest_solved(values[rows], rows, 2)
            if fewest is not None:
                yield Group(label, fewest, (), cells)


def _exact(behind: Behind, table: Table) -> Iterator[Part]:
    """Two tests of one sample against different means give its mean away: it is judged as the mean that it is."""
    query = behind.query
    if query.test != "ttest" or query.by:
        return
    outcome = behind.values() - behind.values(1) if query.paired else behind.values()
    sample = Sample(behind.unit, behind.other_units, behind.seen, outcome)
    yield Part(mean_of(sample, behind.seen.everybody), filled(table)[:1])


def _words(unit: Text) -> dict[str, Text]:
    return {
        "t": Text.same("t"),
        "f": Text.same("F"),
        "chi2": Text.same("χ²"),
        "df": Text(nl="vrijheidsgraden", en="degrees of freedom"),
        "df_between": Text(nl="vrijheidsgraden tussen groepen", en="degrees of freedom between groups"),
        "df_within": Text(nl="vrijheidsgraden binnen groepen", en="degrees of freedom within groups"),
        "p_value": Text(nl="p-waarde", en="p-value"),
        "n": Text(nl="waarnemingen", en="observations"),
        "units": unit,
        "left_out": Text(
            nl=f"{unit.nl} weggelaten: een waarde ontbreekt", en=f"{unit.en} left out: a value is missing"
        ),
    }


def _correlated(behind: Behind) -> Computed:
    """Each pair of variables, over those who have a value for all of them."""
    seen, ranked = behind.seen, behind.query.method == "spearman"
    numbers = {name: stats.rankdata(v) if ranked else v for name, v in seen.numbers.items()}
    pairs = all_pairs(behind.query.values)
    units = seen.units.count(seen.everybody)
    words = _words(behind.unit)
    lines = [Line(pair, _headings(behind, pair), _of_pair(numbers, pair, seen), units) for pair in pairs]
    lines.append(Line(("(left_out)",) * 2, (words["left_out"],) * 2, {"value": seen.left_out}, seen.left_out))
    columns = {
        "correlation": Text(nl="correlatie", en="correlation"),
        "p_value": words["p_value"],
        "n": words["n"],
        "value": Text(nl="waarde", en="value"),
    }
    table = table_of(lines, columns, {"variable": _VARIABLE, "with": _WITH})
    cells = {pair: tuple(range(4 * row, 4 * row + 3)) for row, pair in enumerate(pairs)}
    evidence = correlations(
        numbers, behind.plan.inputs, seen, cells, (behind.unit, behind.other_units), filled(table), 2
    )
    left_out = Group(words["left_out"], seen.left_out, (), filled(table)[-1:])
    return Computed(table, (Part(replace(evidence, published=(left_out, *evidence.published))),))


_VARIABLE = Text(nl="Variabele", en="Variable")
_WITH = Text(nl="Met", en="With")


def _headings(behind: Behind, pair: tuple[str, str]) -> tuple[Text, ...]:
    return tuple(behind.plan.inputs[name].heading for name in pair)


def _of_pair(
    numbers: dict[str, Numbers], pair: tuple[str, str], seen: Observations
) -> dict[str, float | int]:
    """The correlation of two variables; of ranks it is Spearman's."""
    result = stats.pearsonr(numbers[pair[0]], numbers[pair[1]])
    return {"correlation": float(result.statistic), "p_value": float(result.pvalue), "n": seen.size}
