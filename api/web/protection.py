"""How a judged table is protected: what readers can work out of each hidden cell, and which rules were applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.requests.verdicts import title_of
from api.web.results import MOST_PLACES, place_of
from output_checker.text import Language, Text
from output_checker.verdict import HiddenCell, Verdict


@dataclass(frozen=True)
class ShownHidden:
    """A hidden cell by its place (1.2.3) and labels, with the interval that an intruder gets for it."""

    place: str
    label: str
    interval: HiddenCell


@dataclass(frozen=True)
class ShownCriterion:
    """A rule that was applied, with what it was set to, and how many cells it examined, refused and left to people."""

    title: Text
    parameters: dict[str, Any]
    examined: int
    failing: int
    review: int


@dataclass(frozen=True)
class ShownProtection:
    """What protects one output; hidden cells that are not protected come first, `more` of them are not listed."""

    hidden: Sequence[ShownHidden]
    exposed: int
    more: int
    criteria: Sequence[ShownCriterion]


def shown_protection(verdict: Verdict, position: int, language: Language) -> ShownProtection:
    """Return what protects the output at `position` (1 is the first), for people inside only."""
    order = sorted(verdict.hidden, key=lambda one: (one.protected, one.cell))
    listed = [_hidden(verdict, position, one, language) for one in order[:MOST_PLACES]]
    criteria = [
        ShownCriterion(title_of(one.rule), one.parameters, one.examined, one.failing, one.review)
        for one in verdict.criteria
    ]
    exposed = sum(not one.protected for one in verdict.hidden)
    return ShownProtection(listed, exposed, len(order) - len(listed), criteria)


def _hidden(verdict: Verdict, position: int, one: HiddenCell, language: Language) -> ShownHidden:
    row, column = divmod(one.cell, len(verdict.table.columns))
    place = f"{position}.{row + 1}.{column + 1}"
    return ShownHidden(place, place_of(verdict.table, one.cell, language), one)
