"""The variables behind an inference, resolved before anything is computed."""

from dataclasses import dataclass

from output_checker.cuts import columns_of, is_composed
from output_checker.engine import SOURCE, Engine
from output_checker.errors import LabelError, QueryError
from output_checker.expressions import Scope
from output_checker.labels import Labels, labels_of
from output_checker.plan import number_of, typed
from output_checker.text import Text


@dataclass(frozen=True)
class Input:
    """One variable: its key among the observations, its public heading, its rendered expression.

    ``labels`` are the public categories; None for a number. ``composed`` says that the researcher made a number of more
    than one column or constant, ``made_of`` tells the columns of the file.
    """

    key: str
    heading: Text
    sql: str
    labels: Labels | None = None
    composed: bool = False
    made_of: tuple[str, ...] = ()

    @property
    def present(self) -> str:
        """The condition, rendered, that a row has a value for it."""
        if self.labels is not None:
            return f"({self.sql}) IS NOT NULL"
        return f"coalesce(isfinite(CAST({self.sql} AS DOUBLE)), FALSE)"


@dataclass(frozen=True)
class Inputs:
    """All variables of an inference, of the rows that satisfy ``conditions``; ``unit`` is the unit that counts."""

    variables: tuple[Input, ...]
    conditions: tuple[str, ...]
    unit: str

    def __getitem__(self, key: str) -> Input:
        return next(variable for variable in self.variables if variable.key == key)

    @property
    def complete(self) -> str:
        """The condition, rendered, that a row takes part: the conditions hold and no variable is missing."""
        present = [variable.present for variable in self.variables]
        return " AND ".join([*(f"({condition})" for condition in self.conditions), *present]) or "TRUE"


def number(scope: Scope, name: str, place: str, engine: Engine) -> Input:
    """A numeric variable; whether something is the case counts as 0 or 1.

    Raises:
        QueryError: it is unknown, an identifier, or no number.
    """
    heading = scope.metadata.heading(name)
    sql = scope.render(scope.variable(name, place))
    if typed(sql, place, engine) == "BOOLEAN":
        return Input(name, heading, f"CAST({sql} AS INTEGER)")
    rendered, columns = number_of(scope, name, place, engine), tuple(columns_of(scope, name))
    return Input(name, heading, rendered, composed=is_composed(scope, name), made_of=columns)


def categories(scope: Scope, name: str, place: str, engine: Engine, key: str | None = None) -> Input:
    """A classification, with its public labels.

    Raises:
        QueryError: it is unknown, an identifier, or has no public labels.
    """
    sql = scope.render(scope.variable(name, place))
    typed(sql, place, engine)
    labels = labels_of(scope, name, place, engine)
    return Input(key or name, scope.metadata.heading(name), sql, labels)


def is_number(scope: Scope, name: str, place: str, engine: Engine) -> bool:
    """Whether a variable is a number rather than a category or a yes or no.

    Raises:
        QueryError: it is unknown or an identifier.
    """
    kind = typed(scope.render(scope.variable(name, place)), place, engine)
    return kind not in ("VARCHAR", "BOOLEAN")


def weight(scope: Scope, name: str, engine: Engine) -> Input:
    """A registered weight: one of a researcher's own could put all weight on one unit.

    Raises:
        QueryError: it is no registered weight variable.
    """
    registered = scope.metadata.columns.get(name)
    if registered is None or registered.role != "weight":
        message = Text(nl=f"{name} is geen geregistreerd gewicht.", en=f"{name} is no registered weight.")
        raise QueryError(message, field="weights")
    found = number(scope, name, "weights", engine)
    return Input(found.key, found.heading, f"CASE WHEN ({found.sql}) > 0 THEN {found.sql} END")


def entities(scope: Scope, name: str, units: dict[str, str], engine: Engine) -> Input:
    """The groups whose own effects are taken out: a kind of unit, or a classification.

    Raises:
        QueryError: it is neither.
    """
    if name in units:
        return Input(f"absorb {name}", Text.same(name), f'"{units[name]}"', {})
    try:
        return categories(scope, name, "absorb", engine, key=f"absorb {name}")
    except LabelError:
        # Effects are never published, so their groups need no public labels; they need to be groups.
        sql = scope.render(scope.variable(name, "absorb"))
        return Input(f"absorb {name}", scope.metadata.heading(name), sql, {})


def check_rows(inputs: Inputs, columns: int, largest: int, engine: Engine) -> None:
    """Raise QueryError when rows times columns are more than can be computed in memory and in time."""
    conditions = " AND ".join(f"({condition})" for condition in inputs.conditions) or "TRUE"
    ((rows,),) = engine.rows(f"SELECT count(*) FROM {SOURCE} WHERE {conditions}")  # noqa: S608 - rendered
    check_cells(rows * columns, largest)


def check_cells(cells: int, largest: int) -> None:
    """Raise QueryError when a design would have more numbers than can be computed in memory and in time."""
    if cells > largest:
        message = Text(
            nl="Dit is te groot om te berekenen: te veel rijen maal kolommen.",
            en="This is too large to compute: too many rows times columns.",
        )
        remedy = Text(
            nl="Neem minder of grovere categorieën, of een kleinere populatie.",
            en="Use fewer or coarser categories, or a smaller population.",
        )
        raise QueryError(message, field="formula", remedy=remedy)
