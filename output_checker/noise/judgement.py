"""A noisy answer in the place of a verdict: a table like any other, with intervals, and no rule that saw a true number."""

from collections.abc import Sequence

from output_checker.noise.documents import NoisyAnswer, NoisyTable
from output_checker.text import Text
from output_checker.verdict import Cell, Interval, Outcome, PolicyReference, Table, Verdict

STATISTIC = "statistic"
_STATISTIC = Text(nl="statistiek", en="statistic")


def verdict_on(answer: NoisyAnswer, policy: PolicyReference) -> Verdict:
    """The verdict on a noisy answer: people decide. ``policy`` is named for the record, none of its rules applies.

    Cells that cannot be (a neighbourhood outside its municipality) have no value.
    """
    table, intervals = _framed(answer.table)
    return Verdict(
        outcome=Outcome.REVIEW,
        policy=policy,
        query_digest=answer.query_digest,
        dataset=answer.dataset,
        units=answer.units,
        findings=(),
        table=table,
        intervals=intervals,
        least=_least(answer.table),
        seconds=0.0,
    )


def _least(noisy: NoisyTable) -> int | None:
    """What none of all true numbers is below; None where that is not public of one of them."""
    known = [column.least for column in noisy.columns if column.least is not None]
    return min(known) if len(known) == len(noisy.columns) else None


def _framed(noisy: NoisyTable) -> tuple[Table, tuple[Interval, ...]]:
    """Lines as rows and columns, each statistic a column of its own where there are several."""
    several, number = len(noisy.columns) > 1, len(noisy.columns)
    heads = [line[: noisy.heads] for line in noisy.lines]
    tails = [line[noisy.heads :] for line in noisy.lines]
    rows, across = tuple(dict.fromkeys(heads)), tuple(dict.fromkeys(tails))
    columns = (
        tuple((*tail, column.name) for tail in across for column in noisy.columns) if several else across
    )
    row_of = {row: place * len(columns) for place, row in enumerate(rows)}
    column_of = {tail: place * number for place, tail in enumerate(across)}
    frame: list[tuple[int, int] | None] = [None] * (len(rows) * len(columns))
    for at, (head, tail) in enumerate(zip(heads, tails, strict=True)):
        first = row_of[head] + column_of[tail]
        frame[first : first + number] = [(one, at) for one in range(number)]
    named = {column.name: column.words for column in noisy.columns}
    table = Table(
        row_names=noisy.names[: noisy.heads],
        column_names=(*noisy.names[noisy.heads :], *([STATISTIC] if several else [])),
        rows=rows,
        columns=columns,
        cells=tuple(_cells(noisy, frame, len(columns))),
        headings={**noisy.headings, **({STATISTIC: _STATISTIC} if several else {})},
        labels={**noisy.labels, **({STATISTIC: named} if several else {})},
    )
    return table, tuple(_intervals(noisy, frame))


def _cells(noisy: NoisyTable, frame: Sequence[tuple[int, int] | None], width: int) -> list[Cell]:
    return [
        Cell(
            row=place // width,
            column=place % width,
            value=None if found is None else noisy.columns[found[0]].values[found[1]],
            units=0,
            status="empty" if found is None else "pass",
        )
        for place, found in enumerate(frame)
    ]


def _intervals(noisy: NoisyTable, frame: Sequence[tuple[int, int] | None]) -> list[Interval]:
    told = [(place, noisy.columns[found[0]], found[1]) for place, found in enumerate(frame) if found]
    return [
        Interval(cell=place, raw=column.raw[at], lower=column.lower[at], upper=column.upper[at])
        for place, column, at in told
    ]
