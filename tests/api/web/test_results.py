from __future__ import annotations

from typing import Any

import pytest

from api.web import results
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


def test_a_huge_table_shows_its_marked_rows_and_margins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST_CELLS", 5)
    plain: list[tuple[float | None, int, str]] = [(50, 50, "pass"), (50, 50, "pass")]
    table = shown_table(verdict(plain + CELLS, []), "en")
    assert [row.label for row in table.rows] == ["r1", "r2", "Total"]
    assert table.omitted == 1


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
