"""What a rule is: a small immutable object whose fields are its parameters in a policy."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from output_checker.documents import Part
from output_checker.evidence import Evidence, TableEvidence
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding


class Rule(Part, ABC):
    """A disclosure rule. Subclasses add their parameters as fields, with the defaults of their source.

    A rule that a policy does not mention applies with these defaults; only ``enabled = false`` switches it off.
    """

    id: ClassVar[str]
    title: ClassVar[Text]
    source: ClassVar[str]
    statbarns: ClassVar[frozenset[Statbarn]]
    reads: ClassVar[type[Evidence]] = TableEvidence

    enabled: bool = True

    def concerns(self, evidence: Evidence) -> bool:
        """Whether it is switched on and made for this kind of statistic, and can read its evidence."""
        return self.enabled and isinstance(evidence, self.reads) and evidence.statbarn in self.statbarns

    @abstractmethod
    def apply(self, evidence: Any) -> list[Finding]:
        """The findings on evidence of the kind that it reads; none when every cell satisfies the rule."""


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
