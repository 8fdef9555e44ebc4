"""Own variables of researchers as checkers see them: what each is, how its values lie, and what changed in it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.requests.models import Output
from output_checker.own.variable import OwnVariable
from output_checker.query import Query
from output_checker.text import Text
from output_checker.verdict import OwnSummary

TYPES: Final[dict[str, Text]] = {
    "integer": Text("geheel getal", "whole number"),
    "number": Text("getal", "number"),
    "category": Text("categorie", "category"),
    "boolean": Text("ja of nee", "yes or no"),
}
QUARTILES: Final[tuple[Text, ...]] = (
    Text("Kleinste waarde", "Smallest value"),
    Text("Eerste kwartiel", "First quartile"),
    Text("Mediaan", "Median"),
    Text("Derde kwartiel", "Third quartile"),
    Text("Grootste waarde", "Largest value"),
)
_NEW = Text("nieuw", "new")
_DROPPED = Text("niet meer gebruikt", "no longer used")
_CODE = Text("de code is gewijzigd", "the code was changed")
_VALUES = Text("de waarden zijn gewijzigd", "the values were changed")
_TOLD = Text("de beschrijving is gewijzigd", "the description was changed")
_VALUES_ALONE = Text(
    "de waarden zijn gewijzigd, en de code niet", "the values were changed, and the code was not"
)


@dataclass(frozen=True)
class ShownOwn:
    """An own variable with the words around it; `pointing` when each value belongs to one unit only."""

    summary: OwnSummary
    type: Text
    quartiles: Sequence[tuple[Text, float]]
    pointing: bool
    most: int


@dataclass(frozen=True)
class OwnChange:
    """What changed in an own variable since the last round; `code` has the changed lines, empty when it is the same."""

    name: str
    changes: Sequence[Text]
    code: str


def shown_own(summaries: Sequence[OwnSummary]) -> list[ShownOwn]:
    """Return own variables as they are shown."""
    return [
        ShownOwn(
            one,
            TYPES[one.type],
            list(zip(QUARTILES, one.quartiles, strict=False)),
            one.different == one.units > 1,
            max([1, *(each.units for each in one.bins)]),
        )
        for one in summaries
    ]


def own_changes(before: Output | None, now: Output | None) -> list[OwnChange]:
    """Return what changed in the own variables of an output since the last round, by name."""
    then, here = _own_of(before), _own_of(now)
    names = sorted(then.keys() | here.keys())
    found = [_change(name, then.get(name), here.get(name)) for name in names]
    return [one for one in found if one.changes]


def _own_of(output: Output | None) -> dict[str, OwnVariable]:
    return Query.parse(output.query).numbers.own if output and not output.is_file else {}


def _change(name: str, then: OwnVariable | None, here: OwnVariable | None) -> OwnChange:
    if then is None or here is None:
        return OwnChange(name, [_NEW if then is None else _DROPPED], "")
    same_code, same_values = then.code == here.code, then.sha256 == here.sha256
    changes = [] if same_code else [_CODE]
    if not same_values:
        changes.append(_VALUES_ALONE if same_code else _VALUES)
    if _told(then) != _told(here):
        changes.append(_TOLD)
    return OwnChange(name, changes, _changed_lines(then.code, here.code))


def _told(own: OwnVariable) -> dict[str, Any]:
    return own.model_dump(exclude={"code", "sha256"})


def _changed_lines(then: str, here: str) -> str:
    lines = difflib.unified_diff(then.splitlines(), here.splitlines(), lineterm="", n=2)
    return "\n".join(list(lines)[2:])
