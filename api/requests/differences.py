"""What changed between one round of a request and the next, output by output, for the checkers who look again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import starmap

from api.requests.models import Output, OutputRequest
from api.requests.verdicts import verdict_of
from output_checker.verdict import Table, Verdict

_TOLERANCE = 1e-9
"""Relative: threads add up doubles in any order, so that the last digits may differ."""


class Change(StrEnum):
    """How an output of this round relates to the last one."""

    UNCHANGED = "unchanged"
    REJUDGED = "rejudged"
    CHANGED = "changed"
    NEW = "new"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Difference:
    """One output now (None: dropped) and what it was in the last round (None: new)."""

    change: Change
    output: Output | None
    before: Output | None

    @property
    def either(self) -> Output:
        """The output as it is now, or as it was when it was dropped."""
        found = self.output or self.before
        if found is None:
            raise ValueError("a difference between nothing and nothing")
        return found


def differences(request: OutputRequest) -> list[Difference]:
    """Return how the outputs of the present round differ from the last one; nothing in the first round.

    An output is unchanged when the same query gave the same verdict on the same microdata under the same policy;
    rejudged when only the query is the same. Else it belongs to the output of the same title before, or to the first
    that is left over.
    """
    before = {output.id: output for output in request.outputs_in(request.round - 1)}
    if not before:
        return []
    pairs = _pairs(request.outputs, before)
    dropped = [Difference(Change.DROPPED, None, left) for left in before.values()]
    return [_difference(output, pairs.get(output.id)) for output in request.outputs] + dropped


def unchanged_from(request: OutputRequest) -> dict[int, Output]:
    """Return the output of the last round by the id of the present one, for those that are unchanged."""
    return {
        one.output.id: one.before
        for one in differences(request)
        if one.change is Change.UNCHANGED and one.output and one.before
    }


def same_judgement(one: Verdict, other: Verdict) -> bool:
    """Tell whether two verdicts are about the same question and data by the same rules, and say the same.

    Of a file, the bytes that would leave and what people saw of them are the same too.
    """
    return (
        one.query_digest == other.query_digest
        and one.dataset.sha256 == other.dataset.sha256
        and one.policy.digest == other.policy.digest
        and one.file == other.file
        and _said(one) == _said(other)
        and same_table(one.table, other.table)
    )


def same_table(one: Table, other: Table) -> bool:
    """Tell whether two tables have the same frame, units and values (but for the last digits of sums)."""
    frames = [(table.row_names, table.column_names, table.rows, table.columns) for table in (one, other)]
    if frames[0] != frames[1] or len(one.cells) != len(other.cells):
        return False
    pairs = list(zip(one.cells, other.cells, strict=True))
    return all(mine.units == theirs.units for mine, theirs in pairs) and all(
        starmap(_same_value, ((mine.value, theirs.value) for mine, theirs in pairs))
    )


def _said(verdict: Verdict) -> list[object]:
    return [
        verdict.outcome,
        *((finding.rule, finding.outcome, finding.cells) for finding in verdict.findings),
    ]


def _same_value(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=_TOLERANCE)


def _pairs(outputs: Sequence[Output], before: dict[int, Output]) -> dict[int, Output]:
    """Return the earlier output by the id of the present one, and take it out of `before`."""
    pairs: dict[int, Output] = {}
    for is_same in (_same_query, _same_title, _is_left):
        for output in outputs:
            found = next((one for one in before.values() if is_same(one, output)), None)
            if found and output.id not in pairs:
                pairs[output.id] = before.pop(found.id)
    return pairs


def _same_query(one: Output, other: Output) -> bool:
    return one.query_digest == other.query_digest


def _same_title(one: Output, other: Output) -> bool:
    return bool(one.title) and one.title == other.title


def _is_left(_one: Output, _other: Output) -> bool:
    return True


def _difference(output: Output, before: Output | None) -> Difference:
    if before is None:
        return Difference(Change.NEW, output, None)
    if not _same_query(output, before):
        return Difference(Change.CHANGED, output, before)
    then, now = verdict_of(before), verdict_of(output)
    same = then is not None and now is not None and same_judgement(then, now)
    return Difference(Change.UNCHANGED if same else Change.REJUDGED, output, before)
