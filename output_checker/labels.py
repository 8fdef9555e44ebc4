"""Labels: which categories a classification can have, known from public lists before any microdata is read.

A label is a channel: whoever can choose labels freely can write a secret in them. So labels are codes, groups, public
ranges of integers, or what an expression can make of those, evaluated over the public domain of its variables.
"""

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlglot import exp

from output_checker.engine import Engine
from output_checker.errors import EvidenceError, EvidenceTimeoutError, LabelError
from output_checker.expressions import Scope, public_labels, render, sources
from output_checker.metadata import Variable
from output_checker.text import Text
from output_checker.verdict import MISSING

MAX_LABELS = 1_000
"""Most labels of a classification that has no registered code list."""

MAX_DOMAIN = 1_000_000
"""Most combinations of public values over which an expression is evaluated."""

Labels = dict[str, Text]

_BANDS = Text(
    nl="Leid klassen af, bijvoorbeeld age // 10 * 10 of CASE WHEN ... THEN 1 ELSE 2 END.",
    en="Derive classes, for instance age // 10 * 10 or CASE WHEN ... THEN 1 ELSE 2 END.",
)
YES_NO = {"false": Text(nl="nee", en="no"), "true": Text(nl="ja", en="yes")}


def label_of(value: object) -> str:
    """The spelling of one value as a label: "true", "40", a code, or the sign for missing."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return str(value).lower()
    # The engine has decimals where a number is written with a point: 1.0 is the class 1 all the same.
    if isinstance(value, float | Decimal) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value)


def labels_of(scope: Scope, name: str, place: str, engine: Engine) -> Labels:
    """The public labels that a classification can have, in order, missing left out.

    Raises:
        LabelError: they are too many, or would not come from a public list.
        QueryError: there is no such classification, or it is an identifier.
    """
    tree = scope.variable(name, place)
    if name in scope.derived:
        return _derived(scope, tree, name, place, engine)
    if name in scope.metadata.groupings:
        return {code: group.label for code, group in scope.metadata.groupings[name][1].groups.items()}
    return _registered(scope.metadata.columns[name], place)


def _registered(variable: Variable, place: str) -> Labels:
    if variable.codes:
        return variable.codes
    if variable.type == "boolean":
        return YES_NO
    if variable.type != "integer" or not variable.bounds:
        message = Text(
            nl=f"{variable.name} heeft geen openbare klassen.", en=f"{variable.name} has no public classes."
        )
        raise LabelError(message, field=place, remedy=_BANDS)
    span = _span(variable)
    _check_number(len(span), variable.name, place)
    return {str(value): Text.same(str(value)) for value in span}


def _derived(scope: Scope, tree: exp.Expr, name: str, place: str, engine: Engine) -> Labels:
    if engine.type_of(scope.render(tree)) == "BOOLEAN":
        return YES_NO
    written = _written(tree)
    values = _evaluated(scope, tree, name, place, engine) if written is None else written
    _check_number(len(values), name, place)
    if any(isinstance(value, str) for value in values):
        return _of_texts(scope, values, name, place)
    return _of_numbers(scope, tree, values, name, place)


def _of_texts(scope: Scope, values: Sequence[object], name: str, place: str) -> Labels:
    """Public codes with their public words and order."""
    public = public_labels(scope.metadata)
    for value in values:
        if value not in public:
            message = Text(
                nl=f"{name} kan {label_of(value)} worden: dat staat in geen codelijst.",
                en=f"{name} can become {label_of(value)}: that is in no code list.",
            )
            raise LabelError(message, field=place, remedy=_BANDS)
    return {code: words for code, words in public.items() if code in values}


def _of_numbers(scope: Scope, tree: exp.Expr, values: Sequence[Any], name: str, place: str) -> Labels:
    """Whole numbers within the public bounds of a source, or a plain numbering of the classes."""
    variables = [
        scope.metadata.columns[source] for source in sources(tree) if source in scope.metadata.columns
    ]
    bounds = [(0, len(values)), *(limits for variable in variables if (limits := _limits(variable)))]
    for number in sorted(values):
        whole = math.isfinite(number) and number == int(number)
        if not (whole and any(low <= number <= high for low, high in bounds)):
            message = Text(
                nl=f"{name} kan {number:g} worden: geen geheel getal binnen de openbare grenzen.",
                en=f"{name} can become {number:g}: not a whole number within the public bounds.",
            )
            raise LabelError(message, field=place, remedy=_BANDS)
    return {label_of(number): Text.same(label_of(number)) for number in sorted(values)}


def _limits(variable: Variable) -> tuple[float, float] | None:
    if variable.type == "integer" and variable.codes:
        codes = [int(code) for code in variable.codes]
        return min(codes), max(codes)
    return variable.bounds


def _written(tree: exp.Expr) -> list[object] | None:
    """The outcomes of a CASE that are all written out; None when the expression has to be evaluated."""
    if isinstance(tree, exp.Paren):
        return _written(tree.this)
    if not isinstance(tree, exp.Case):
        return None
    outcomes = [branch.args["true"] for branch in tree.args["ifs"]] + [tree.args.get("default") or exp.Null()]
    if not all(isinstance(outcome, exp.Literal | exp.Null) for outcome in outcomes):
        return None
    return list({_literal(outcome) for outcome in outcomes if isinstance(outcome, exp.Literal)})


def _literal(outcome: exp.Expr) -> str | float:
    return outcome.name if outcome.is_string else float(outcome.name)


def _evaluated(scope: Scope, tree: exp.Expr, name: str, place: str, engine: Engine) -> list[object]:
    names = sources(tree)
    domains = [_domain(scope, source, name, place) for source in names]
    if math.prod(len(domain) for domain in domains) > MAX_DOMAIN:
        raise _too_many(name, place)
    tables = ", ".join(f'(SELECT unnest(?) AS "{source}")' for source in names) or "(SELECT 1)"
    sql = f"SELECT DISTINCT {render(tree)} FROM {tables} LIMIT {MAX_LABELS + 2}"  # noqa: S608 - rendered from the AST
    try:
        outcomes = engine.rows(sql, domains)
    except EvidenceTimeoutError:
        raise
    except EvidenceError as failed:
        raise LabelError(failed.message, field=place, remedy=failed.remedy) from None
    return [outcome for (outcome,) in outcomes if outcome is not None]


def _domain(scope: Scope, source: str, name: str, place: str) -> list[object]:
    """Every public value of a source, and missing."""
    if source in scope.metadata.groupings:
        return [*scope.metadata.groupings[source][1].groups, None]
    variable = scope.metadata.columns[source]
    if variable.type == "boolean":
        return [False, True, None]
    if variable.codes:
        return [*(int(code) if variable.type == "integer" else code for code in variable.codes), None]
    if variable.type == "integer" and variable.bounds:
        span = _span(variable)
        if len(span) > MAX_DOMAIN:
            raise _too_many(name, place)
        return [*span, None]
    message = Text(
        nl=f"{name} hangt af van {source}, dat geen openbare waarden heeft.",
        en=f"{name} depends on {source}, which has no public values.",
    )
    raise LabelError(message, field=place, remedy=_BANDS)


def _span(variable: Variable) -> range:
    low, high = variable.bounds or (0, -1)
    return range(math.ceil(low), math.floor(high) + 1)


def _check_number(number: int, name: str, place: str) -> None:
    if number > MAX_LABELS:
        raise _too_many(name, place)


def _too_many(name: str, place: str) -> LabelError:
    message = Text(nl=f"{name} kan te veel klassen krijgen.", en=f"{name} can have too many classes.")
    return LabelError(message, field=place, remedy=_BANDS)


def ordered(labels: Labels, seen: Iterable[str]) -> list[str]:
    """Labels that occur, in public order, missing last."""
    found = set(seen)
    return [label for label in [*labels, MISSING] if label in found]
