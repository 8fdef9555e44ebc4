"""What is found in a file: rules with fixed words, and the places where they apply.

The words of a rule never repeat anything from the file, because findings are told outside the enclave too. Places may
quote names of sheets and parts; they are for people inside.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from output_checker.text import Text
from output_checker.verdict import Finding, Outcome, Place

MOST_PLACES = 50
"""Places that one finding names; people look at the whole file anyway."""


@dataclass(frozen=True, slots=True)
class FileRule:
    """What a file should not hold: ``fail`` cannot leave, ``review`` is for people to look at."""

    id: str
    title: Text
    outcome: Literal[Outcome.FAIL, Outcome.REVIEW]
    reason: Text
    remedy: Text


@dataclass(frozen=True, slots=True)
class Found:
    """One rule at one place; no place when it is the file as a whole."""

    rule: FileRule
    place: Place | None = None


class FileRefused(Exception):  # noqa: N818 - it is an answer about a file, and no error of ours
    """The file cannot be read any further, because of what was ``found``."""

    def __init__(self, rule: FileRule, place: Place | None = None) -> None:
        super().__init__(rule.id)
        self.found = Found(rule, place)


def part(name: str) -> Place:
    """The place that is a part of a report or spreadsheet."""
    return Place(words=Text(nl=f"onderdeel {name!r}", en=f"part {name!r}"))


def findings_of(found: Iterable[Found]) -> tuple[Finding, ...]:
    """One finding per rule with its places, those that refuse first."""
    places: dict[FileRule, list[Place]] = {}
    for one in found:
        places.setdefault(one.rule, []).extend([one.place] if one.place else [])
    in_order = sorted(places, key=lambda rule: (rule.outcome is not Outcome.FAIL, rule.id))
    return tuple(
        Finding(
            rule=rule.id,
            outcome=rule.outcome,
            cells=(),
            reason=rule.reason,
            remedy=rule.remedy,
            places=tuple(places[rule][:MOST_PLACES]),
        )
        for rule in in_order
    )
