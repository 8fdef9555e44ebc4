"""What a rule is: a small immutable object whose fields are its parameters in a policy."""

from abc import ABC, abstractmethod
from enum import StrEnum
from typing import ClassVar

from output_checker.documents import Part
from output_checker.evidence import Evidence
from output_checker.text import Text
from output_checker.verdict import Finding


class Statbarn(StrEnum):
    """Families of statistics with the same risks (Green, Ritchie and others: "statbarns")."""

    FREQUENCIES = "frequencies"
    LINEAR_AGGREGATIONS = "linear_aggregations"


STATBARN_OF = {
    "count": Statbarn.FREQUENCIES,
    "sum": Statbarn.LINEAR_AGGREGATIONS,
    "mean": Statbarn.LINEAR_AGGREGATIONS,
}
"""Each statistic in its family; a mean has the risks of the sum underneath it."""


class Rule(Part, ABC):
    """A disclosure rule. Subclasses add their parameters as fields, with the defaults of their source.

    A rule that a policy does not mention applies with these defaults; only ``enabled = false`` switches it off.
    """

    id: ClassVar[str]
    title: ClassVar[Text]
    source: ClassVar[str]
    statbarns: ClassVar[frozenset[Statbarn]]

    enabled: bool = True

    def concerns(self, statistic: str) -> bool:
        """Whether it is switched on and made for this kind of statistic."""
        return self.enabled and STATBARN_OF[statistic] in self.statbarns

    @abstractmethod
    def apply(self, evidence: Evidence) -> list[Finding]:
        """The findings on one table; none when every cell satisfies the rule."""


def cells_are(number: int, what: Text) -> Text:
    """A sentence that counts cells: "3 cells with ..."."""
    return Text(
        nl=f"{number} {'cel' if number == 1 else 'cellen'} {what.nl}.",
        en=f"{number} {'cell' if number == 1 else 'cells'} {what.en}.",
    )


def percent(share: float) -> Text:
    """A share as a percentage, as each language writes it."""
    words = f"{share * 100:g}"
    return Text(nl=f"{words.replace('.', ',')} %", en=f"{words}%")
