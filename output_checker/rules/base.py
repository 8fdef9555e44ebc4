"""What a rule is: a small immutable object whose fields are its parameters in a policy."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Container
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from output_checker.documents import Part
from output_checker.evidence import Evidence, TableEvidence
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome

Stricter = Literal["higher", "lower", "fixed"]
"""Which way a parameter gets stricter; a ``fixed`` one has no such way, so that nobody may change it in a policy that
builds on another. For booleans true is higher."""


def parameter(stricter: Stricter, meaning: Text, **limits: Any) -> Any:
    """A field of a rule: which way it gets stricter, what it says in words, and pydantic's limits (``ge=1``)."""
    words: dict[str, Any] = {"stricter": stricter, "meaning": {"nl": meaning.nl, "en": meaning.en}}
    return Field(json_schema_extra=words, **limits)


@dataclass(frozen=True, slots=True)
class ProtectionLevel:
    """How far below and above its value an intruder's interval for a hidden cell must reach (SDC Handbook 4.3.1).

    In the unit of what adds up: units for counts, the total for sums and means. Zero asks only that the value is not
    known exactly.
    """

    lower: float = 0.0
    upper: float = 0.0

    def with_(self, other: "ProtectionLevel") -> "ProtectionLevel":
        """What satisfies both."""
        return ProtectionLevel(max(self.lower, other.lower), max(self.upper, other.upper))


class Rule(Part, ABC):
    """A disclosure rule. Subclasses add their parameters as ``parameter`` fields, with the defaults of their source.

    A rule that a policy does not mention applies with these defaults; only ``enabled = false`` switches it off.
    """

    id: ClassVar[str]
    title: ClassVar[Text]
    source: ClassVar[str]
    statbarns: ClassVar[frozenset[Statbarn]]
    reads: ClassVar[type[Evidence]] = TableEvidence

    enabled: Annotated[
        bool, parameter("higher", Text(nl="of de regel geldt", en="whether the rule applies"))
    ] = True

    def concerns(self, evidence: Evidence) -> bool:
        """Whether it is switched on and made for this kind of statistic, and can read its evidence."""
        return self.enabled and isinstance(evidence, self.reads) and evidence.statbarn in self.statbarns

    @abstractmethod
    def apply(self, evidence: Any) -> list[Finding]:
        """The findings on evidence of the kind that it reads; none when every cell satisfies the rule."""

    def on_cells(
        self,
        outcome: Literal[Outcome.FAIL, Outcome.REVIEW],
        cells: Collection[int],
        words: Text,
        remedy: Text,
        **evidence: Any,
    ) -> Finding | None:
        """The finding that these cells are as ``words`` say ("with ..."); None where there are none.

        ``evidence`` names parameters, and tuples of one number per cell in the order of ``cells``.
        """
        if not cells:
            return None
        reason = cells_are(len(cells), words)
        return Finding(
            rule=self.id, outcome=outcome, cells=tuple(cells), reason=reason, remedy=remedy, evidence=evidence
        )

    def protection(self, evidence: Any, cell: int) -> ProtectionLevel:
        """What a hidden cell that fails this rule needs. Rules on magnitudes have a formula of their own."""
        return ProtectionLevel()


def cells_are(number: int, what: Text) -> Text:
    """A sentence that counts cells: "3 cells with ..."."""
    counted = _cells(number)
    return Text(nl=f"{counted.nl}{what.nl}.", en=f"{counted.en}{what.en}.")


def _cells(number: int) -> Text:
    one = number == 1
    return Text(nl=f"{number} {'cel' if one else 'cellen'} ", en=f"{number} {'cell' if one else 'cells'} ")


def narrowed(finding: Finding, hidden: Container[int]) -> Finding:
    """A finding without the cells that are hidden: its count of cells, and its evidence per cell, told anew."""
    kept = [place for place, cell in enumerate(finding.cells) if cell not in hidden]
    before, after = _cells(len(finding.cells)), _cells(len(kept))
    evidence = {
        name: tuple(value[place] for place in kept)
        if isinstance(value, tuple) and len(value) == len(finding.cells)
        else value
        for name, value in finding.evidence.items()
    }
    reason = Text(
        nl=finding.reason.nl.replace(before.nl, after.nl, 1),
        en=finding.reason.en.replace(before.en, after.en, 1),
    )
    cells = tuple(finding.cells[place] for place in kept)
    return finding.model_copy(update={"cells": cells, "reason": reason, "evidence": evidence})


def percent(share: float) -> Text:
    """A share as a percentage, as each language writes it."""
    words = f"{share * 100:g}"
    return Text(nl=f"{words.replace('.', ',')} %", en=f"{words}%")
