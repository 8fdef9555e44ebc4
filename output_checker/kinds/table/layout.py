"""The layout of a table: which lines it has, in public order, and what nobody can be in."""

from collections.abc import Iterable

from output_checker.errors import DatasetError
from output_checker.evidence import Frame, Structure
from output_checker.kinds.table.counts import Key
from output_checker.kinds.table.plan import TablePlan
from output_checker.labels import ordered
from output_checker.metadata import DatasetMetadata, Span
from output_checker.plan import Classification
from output_checker.text import Text
from output_checker.verdict import ALL, MISSING

Line = tuple[str, ...]


def frame_of(plan: TablePlan, found: Iterable[Key]) -> Frame:
    """The lines that occur, as pandas' crosstab shows them, totals after what they are totals of.

    Raises:
        DatasetError: the microdata holds a value that its metadata does not know.
    """
    width = len(plan.rows)
    keys = list(found)
    rows = {key[:width] for key in keys if not set(key[width:]) - {ALL}}
    columns = {key[width:] for key in keys if set(key[:width]) == {ALL}}
    return Frame(
        row_names=tuple(item.name for item in plan.rows),
        column_names=tuple(item.name for item in plan.columns),
        rows=_lines(plan.rows, (line for line in rows if _is_row(plan, line))),
        columns=_lines(plan.columns, (line for line in columns if _is_column(plan, line))),
        margins=plan.margins,
    )


def _is_row(plan: TablePlan, line: Line) -> bool:
    """Whether a line is an inner row, or a total of a leading part that is asked for."""
    summed = line.count(ALL)
    if not summed:
        return True
    trailing = set(line[len(line) - summed :]) == {ALL}
    return trailing and (plan.margins if summed == len(line) else plan.subtotals)


def _is_column(plan: TablePlan, line: Line) -> bool:
    return ALL not in line or (plan.margins and set(line) == {ALL})


def _lines(classifications: tuple[Classification, ...], seen: Iterable[Line]) -> tuple[Line, ...]:
    lines = set(seen)
    ranks = [_ranks(item, {line[place] for line in lines}) for place, item in enumerate(classifications)]
    return tuple(
        sorted(lines, key=lambda line: tuple(rank[label] for rank, label in zip(ranks, line, strict=True)))
    )


def _ranks(item: Classification, seen: set[str]) -> dict[str, int]:
    labels = ordered(item.labels, seen)
    if len(labels) < len(seen - {ALL}):
        message = Text(
            nl=f"{item.name} heeft in de microdata een waarde buiten de openbare lijst.",
            en=f"{item.name} has a value in the microdata outside its public list.",
        )
        remedy = Text(nl="Meld dit aan de databeheerder.", en="Tell the data steward.")
        raise DatasetError(message, field=item.name, remedy=remedy)
    return {label: rank for rank, label in enumerate([*labels, ALL])}


def _impossible(zero: tuple[str, ...] | Span, labels: tuple[str, ...]) -> frozenset[str]:
    if not isinstance(zero, Span):
        return frozenset(zero)
    return frozenset(label for label in labels if zero.low <= float(label) < zero.high)


def structure_of(plan: TablePlan, metadata: DatasetMetadata) -> Structure:
    """What everybody knows that nobody can be: declared combinations, and codes outside a public group."""
    names = {item.name for item in plan.classifications}
    labels = {item.name: tuple(item.labels) for item in plan.classifications}
    zeros = tuple(
        {name: _impossible(one, labels[name]) for name, one in zero.items()}
        for zero in metadata.structural_zeros
        if zero.keys() <= names
    )
    within = {
        (name, variable.name): {
            code: next((group for group, one in grouping.groups.items() if code in one.codes), MISSING)
            for code in variable.codes
        }
        for name, (variable, grouping) in metadata.groupings.items()
        if {name, variable.name} <= names
    }
    known = {name for zero in zeros for name in zero} | {name for pair in within for name in pair}
    domains = {item.name: tuple(item.labels) for item in plan.classifications if item.name in known}
    return Structure(zeros, within, domains)
