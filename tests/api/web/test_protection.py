from __future__ import annotations

from api.web.protection import shown_protection
from output_checker.verdict import Verdict
from tests.api.web.test_results import CELLS, verdict


def hiding(number: int) -> Verdict:
    """A verdict in which the first `number` cells are hidden, every other one badly."""
    judged = verdict(CELLS[:2] * (number // 2) + CELLS[:2], [])
    document = judged.model_dump()
    document["hidden"] = [
        {"cell": cell, "lower": 0, "upper": None, "protected": cell % 2 == 0} for cell in range(number)
    ]
    criterion = {"rule": "threshold", "parameters": {"minimum_units": 10}, "examined": 6, "failing": 2}
    document["criteria"] = [criterion | {"review": 1}]
    return Verdict.model_validate(document)


def test_cells_that_are_not_protected_come_first_with_their_place() -> None:
    shown = shown_protection(hiding(4), 2, "en")
    assert [(one.place, one.interval.protected) for one in shown.hidden] == [
        ("2.1.2", False),
        ("2.2.2", False),
        ("2.1.1", True),
        ("2.2.1", True),
    ]
    assert shown.hidden[0].label == "r0 · M"
    assert (shown.exposed, shown.more) == (2, 0)


def test_of_very_many_hidden_cells_the_first_are_listed() -> None:
    shown = shown_protection(hiding(500), 1, "nl")
    assert (len(shown.hidden), shown.more, shown.exposed) == (200, 300, 250)
    assert not shown.hidden[-1].interval.protected


def test_every_rule_that_was_applied_is_told() -> None:
    (criterion,) = shown_protection(hiding(2), 1, "en").criteria
    assert criterion.title.en == "Minimum number of units"
    assert criterion.parameters == {"minimum_units": 10}
    assert (criterion.examined, criterion.failing, criterion.review) == (6, 2, 1)
