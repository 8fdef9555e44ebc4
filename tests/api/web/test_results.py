from __future__ import annotations

from typing import Any

import pytest

from api.web import windows
from api.web.results import findings_in_words, shown_findings, shown_table, unit_classes
from output_checker.verdict import Verdict

REASON = {"nl": "Te klein.", "en": "Too small."}


def verdict(
    cells: list[tuple[float | None, int, str]], findings: list[dict[str, Any]], columns: int = 2
) -> Verdict:
    """A verdict on a table with so many columns; the last row is the margin."""
    rows = [[f"r{n}"] for n in range(len(cells) // columns - 1)] + [["All"]]
    document = {
        "outcome": "fail",
        "policy": {"name": "essnet", "version": "1", "digest": "d"},
        "query_digest": "q",
        "dataset": {"name": "people", "version": "1", "sha256": "s"},
        "units": "person",
        "findings": findings,
        "table": {
            "row_names": ["area"],
            "column_names": ["sex"],
            "rows": rows,
            "columns": [["F"], ["M"]][:columns],
            "cells": [
                {"row": n // columns, "column": n % columns, "value": value, "units": units, "status": status}
                for n, (value, units, status) in enumerate(cells)
            ],
            "headings": {"sex": {"nl": "Geslacht", "en": "Sex"}},
            "labels": {"sex": {"F": {"nl": "Vrouw", "en": "Woman"}}},
        },
        "seconds": 0.1,
    }
    return Verdict.model_validate(document)


CELLS: list[tuple[float | None, int, str]] = [
    (3, 3, "fail"),
    (120, 120, "pass"),
    (None, 0, "empty"),
    (15, 15, "review"),
    (3, 3, "pass"),
    (20_135, 20_135, "pass"),
]
FINDINGS: list[dict[str, Any]] = [
    {
        "rule": "threshold",
        "outcome": "fail",
        "cells": [0],
        "reason": REASON,
        "remedy": REASON,
        "evidence": {"minimum_units": 10, "counts": [3]},
    },
    {
        "rule": "of_later",
        "outcome": "review",
        "cells": [0, 3],
        "reason": REASON,
        "remedy": REASON,
        "evidence": {},
    },
]


def test_each_cell_carries_its_status_and_the_numbers_of_its_findings() -> None:
    table = shown_table(verdict(CELLS, FINDINGS), "nl")
    assert table.corner == "area × Geslacht"
    assert table.headings == ("Vrouw", "M")
    assert [cell.notes for row in table.rows for cell in row.cells] == [(1, 2), (), (), (2,), (), ()]
    assert [row.label for row in table.rows] == ["r0", "r1", "Totaal"]
    assert [row.total for row in table.rows] == [False, False, True]
    assert table.decimals == 0


def test_a_table_with_any_fraction_has_decimals() -> None:
    assert shown_table(verdict([*CELLS[:5], (0.5, 9, "pass")], []), "en").decimals == 2


PLAIN: list[tuple[float | None, int, str]] = [(50, 50, "pass"), (50, 50, "pass")]


def test_a_long_table_comes_in_parts_that_hold_every_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "CELLS_AT_ONCE", 4)
    judged = verdict(PLAIN * 4 + CELLS, [])
    table = shown_table(judged, "en", start=3)
    assert [(row.number, row.label) for row in table.rows] == [(3, "r2"), (4, "r3")]
    parts = (*table.windows.before, table.windows.shown, *table.windows.after)
    assert [row for part in parts for row in part.rows] == list(range(7))
    assert [part.start for part in parts] == [0, 2, 4, 6]
    assert (table.windows.count, table.omitted, table.total) == (4, 5, 7)
    assert [row.label for row in shown_table(judged, "en", start=10**9).rows] == ["Total"]


def test_only_marked_rows_are_those_with_a_mark() -> None:
    table = shown_table(verdict(PLAIN + CELLS, []), "en", only_marked=True)
    assert [(row.number, row.label) for row in table.rows] == [(2, "r1"), (3, "r2")]
    assert shown_table(verdict(PLAIN * 2, []), "en", only_marked=True).rows == ()


@pytest.mark.parametrize(("columns", "size"), [(1, 500), (20, 100), (2_000, 1), (50_000, 1)])
def test_a_part_holds_as_many_rows_as_can_be_drawn_at_once(columns: int, size: int) -> None:
    assert windows.windows_of(range(1_000), columns, 0).size == size


def test_of_a_long_finding_the_first_cells_are_listed() -> None:
    many = verdict(
        PLAIN * 300, [{**FINDINGS[0], "cells": list(range(600)), "evidence": {"counts": [50] * 600}}]
    )
    (finding,) = shown_findings(many, "en")
    assert finding.evidence
    assert (len(finding.evidence.cells), finding.evidence.more) == (200, 400)


def test_cells_are_counted_by_the_units_behind_them() -> None:
    classes = unit_classes(verdict(CELLS, []).table)
    found = {(one.start, one.end): (one.failed, one.review, one.passed) for one in classes if one.cells}
    assert found == {
        (0, 0): (0, 0, 1),
        (1, 9): (1, 0, 1),
        (10, 29): (0, 1, 0),
        (100, 999): (0, 0, 1),
        (10_000, None): (0, 0, 1),
    }


def test_evidence_per_cell_is_shown_with_the_cell() -> None:
    first, second = shown_findings(verdict(CELLS, FINDINGS), "en")
    assert first.evidence
    assert first.evidence.limits == {"minimum_units": 10}
    assert first.evidence.names == ("counts",)
    assert first.evidence.cells == (("r0 · Woman", (3,)),)
    assert second.evidence
    assert second.evidence.cells == ()
    assert second.title.en == "of_later"


def test_what_is_told_outside_has_no_evidence() -> None:
    told = {"rule": "threshold", "outcome": "fail", "cells": 4, "reason": REASON, "remedy": REASON}
    (finding,) = findings_in_words([told])
    assert (finding.cells, finding.evidence, finding.reason.nl) == (4, None, "Te klein.")
