"""Coding of categories: which terms need a column for every category, and which leave one out.

The method is that of R and patsy ("Redundancy and categorical factors" in patsy's manual): a column for every category
unless the terms before span them already, so that no column is a combination of others by construction.
"""

from collections.abc import Iterator
from itertools import combinations

from output_checker.kinds.model.formula import Formula, Term

Coding = dict[str, bool]
"""Each categorical factor of a term by key: whether every category has a column."""


def codings(formula: Formula, categorical: frozenset[str]) -> Iterator[tuple[Term, Coding]]:
    """Each term with the codings that it adds to those before; a term may need several, or none."""
    spanned: dict[frozenset[str], set[frozenset[str]]] = {}
    if formula.intercept:
        spanned[frozenset()] = {frozenset()}
    for term in formula.terms:
        keys = [factor.key for factor in term]
        numbers = frozenset(key for key in keys if key not in categorical)
        for coding in _added([key for key in keys if key in categorical], spanned.setdefault(numbers, set())):
            used = tuple(factor for factor in term if factor.key in numbers or factor.key in coding)
            yield used, coding


def _added(keys: list[str], spanned: set[frozenset[str]]) -> list[Coding]:
    subsets = (frozenset(chosen) for size in range(len(keys) + 1) for chosen in combinations(keys, size))
    new = [subset for subset in subsets if subset not in spanned]
    spanned.update(new)
    codings: list[Coding] = [{key: False for key in keys if key in subset} for subset in new]
    while _merge(codings):
        pass
    return codings


def _merge(codings: list[Coding]) -> bool:
    """Join two codings that differ by one reduced factor: together they have a column for every category."""
    for short, long in combinations(codings, 2):
        extra = [key for key in long if key not in short]
        alike = all(long.get(key) == full for key, full in short.items())
        if alike and len(extra) == 1 and not long[extra[0]]:
            short[extra[0]] = True
            codings.remove(long)
            return True
    return False
