"""Cuts: how a query divides units by something of its own choice, and which queries divide the same thing otherwise.

Two outputs that cut one variable in two ways (bins that shift, bands that differ by one unit, quantiles next to each
other) can be subtracted from each other; outputs that use registered classifications as they are, cannot.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from output_checker.dataset import Dataset
from output_checker.expressions import (
    Scope,
    has_logarithm,
    is_linear,
    is_monotone,
    is_smooth,
    render,
    sources,
)
from output_checker.plan import scope_of
from output_checker.query import Query
from output_checker.steps import is_capped_between_steps

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_MENTIONED = {"dataset", "derive", "where", "own", "unit", "kind"}
_CLASSIFYING = ("index", "columns", "by", "formula")
_SUMMED = ("values", "over", "aggfunc")

_EDGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "histogram": ("values", ("bins",)),
    "density": ("values", ("clip", "gridsize")),
    "survival": ("duration", ("times",)),
    "quantiles": ("values", ("q", "weights")),
    "concentration": ("values", ("measures", "lorenz")),
    "model": ("formula", ("q",)),
}
"""For each kind of query the variable that it cuts, and the fields that say where."""

_POSITIONS = frozenset({"quantiles", "concentration", "model"})
"""Kinds that cut a group at its own quantiles: of other groups those say nothing."""


@dataclass(frozen=True)
class Cut:
    """One ``way`` to divide units by the registered columns in ``sources``; of positions, ``within`` these groups."""

    sources: frozenset[str]
    way: str
    within: str | None = None

    def meets(self, other: "Cut") -> bool:
        """Whether both cut the same thing, in one way or in two."""
        apart = self.within is not None and other.within is not None and self.within != other.within
        return bool(self.sources & other.sources) and not apart


@dataclass(frozen=True)
class Cuts:
    """All cuts of a query, and the ``registered`` columns that it classifies by as they are.

    ``reshaped`` are the cuts whose values it adds up, and ``summed`` the registered columns that it adds up as they are.
    """

    chosen: frozenset[Cut]
    registered: frozenset[str]
    reshaped: frozenset[Cut] = frozenset()
    summed: frozenset[str] = frozenset()

    def conflicts(self, other: "Cuts") -> bool:
        """Whether the other cuts the same thing in another way."""
        mine, theirs = self._met_by(other), other._met_by(self)
        crossed = self._crosses(other) or other._crosses(self)
        return mine != theirs or crossed or self._caps(other) or other._caps(self)

    def _met_by(self, other: "Cuts") -> set[Cut]:
        return {cut for cut in self.chosen if any(cut.meets(one) for one in other.chosen)}

    def _caps(self, other: "Cuts") -> bool:
        """What is capped in one sum and not in another is what lies above the cap, perhaps of one unit."""
        return any(cut.sources & other.summed for cut in self.reshaped)

    def _crosses(self, other: "Cuts") -> bool:
        """A class made of several columns is no union of the categories of any one of them."""
        made = (cut for cut in self.chosen - other.chosen if len(cut.sources) > 1)
        return any(cut.sources & other.registered for cut in made)


def cuts_of(query: Query, dataset: Dataset) -> Cuts:
    """How a query divides units, whatever its kind.

    Raises:
        QueryError: an expression in it is malformed.
    """
    scope = scope_of(query.derive, dataset)
    plain = query.model_dump(mode="json")
    mentioned = _words({name: field for name, field in plain.items() if name not in _NOT_MENTIONED})
    chosen = {cut_of(scope, name) for name in query.derive if name in mentioned and is_cut(scope, name)}
    classified = _words({name: plain.get(name) for name in _CLASSIFYING})
    registered = {
        column for name in classified if _is_registered(scope, name) for column in columns_of(scope, name)
    }
    added = _words({name: plain.get(name) for name in _SUMMED}) | _outcome(query, plain)
    reshaped = {cut_of(scope, name) for name in added if is_reshaped(scope, name)}
    summed = {name for name in added if _is_registered(scope, name)} | {
        column
        for name in added
        if name in scope.derived and not is_cut(scope, name)
        for column in columns_of(scope, name)
    }
    return Cuts(
        frozenset({*chosen, *_edges(scope, query, plain)}),
        frozenset(registered),
        frozenset(reshaped),
        frozenset(summed),
    )


def is_cut(scope: Scope, name: str) -> bool:
    """Whether a derived variable is more than another unit of measure of a column."""
    return name in scope.derived and not is_linear(scope.variable(name, f"derive.{name}"))


def is_composed(scope: Scope, name: str) -> bool:
    """Whether values are made of more than one column, or of constants that could hold more than one secret.

    Logarithms of whole numbers add up in one way only: of few different ones the sum tells how often each occurs. And a
    cap between two steps tells how often it was needed.
    """
    if name not in scope.derived:
        return False
    tree = scope.variable(name, f"derive.{name}")
    columns = (scope.metadata.columns.get(one) for one in sources(tree))
    whole = any(column is None or column.type == "integer" for column in columns)
    return not is_monotone(tree) or (whole and has_logarithm(tree)) or is_capped_between_steps(tree)


def is_reshaped(scope: Scope, name: str) -> bool:
    """Whether a derived variable leaves some values of its column as they are, or alike, and changes others."""
    tree = scope.variable(name, f"derive.{name}") if name in scope.derived else None
    return tree is not None and is_monotone(tree) and not is_smooth(tree)


def cut_of(scope: Scope, name: str) -> Cut:
    """The cut that a derived variable is."""
    return Cut(frozenset(columns_of(scope, name)), render(scope.variable(name, f"derive.{name}")))


def _outcome(query: Query, plain: dict[str, object]) -> set[str]:
    """The outcome of a model, which its coefficients weigh."""
    return {_WORD.findall(str(plain["formula"]))[0]} if query.kind == "model" else set()


def _edges(scope: Scope, query: Query, plain: dict[str, object]) -> Iterator[Cut]:
    field, places = _EDGES.get(query.kind, ("", ()))
    told = {place: plain[place] for place in places if plain.get(place)}
    if told:
        variable = _WORD.findall(str(plain[field]))[0]
        within = str([plain.get(name) for name in ("by", "formula")]) if query.kind in _POSITIONS else None
        yield Cut(frozenset(columns_of(scope, variable)), str(told), within)


def columns_of(scope: Scope, name: str) -> list[str]:
    """The registered columns that a name is made of."""
    groupings = scope.metadata.groupings
    found = sources(scope.variable(name, name))
    return list(dict.fromkeys(groupings[one][0].name if one in groupings else one for one in found))


def _is_registered(scope: Scope, name: str) -> bool:
    return name in scope.metadata.columns or name in scope.metadata.groupings


def _words(written: object) -> set[str]:
    return set(_WORD.findall(str(written)))
