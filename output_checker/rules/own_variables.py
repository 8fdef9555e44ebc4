"""Own variables: what cannot be recomputed is judged by people."""

from typing import Annotated, ClassVar, Literal

from output_checker.evidence import Evidence
from output_checker.own.variable import OwnEvidence
from output_checker.rules.base import Rule, parameter
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome


class OwnVariables(Rule):
    """Every result that uses a variable of the researcher's own is judged by people, who see its code and values.

    Such a variable can carry anything, one secret bit per unit for instance. This rule cannot be switched off.
    """

    id: ClassVar[str] = "own_variables"
    title: ClassVar[Text] = Text(nl="Eigen variabelen", en="Own variables")
    source: ClassVar[str] = "SATRE 3.3: outputs whose making cannot be reproduced are reviewed"
    statbarns: ClassVar[frozenset[Statbarn]] = frozenset(Statbarn)
    reads: ClassVar[type[Evidence]] = OwnEvidence

    enabled: Annotated[
        Literal[True], parameter("fixed", Text(nl="deze regel geldt altijd", en="this rule always applies"))
    ] = True

    def apply(self, evidence: OwnEvidence) -> list[Finding]:
        """One finding about the whole result."""
        name = evidence.summary.name
        return [
            Finding(
                rule=self.id,
                outcome=Outcome.REVIEW,
                cells=(),
                reason=Text(
                    nl=f"{name} is een eigen variabele van de onderzoeker.",
                    en=f"{name} is a variable of the researcher's own.",
                ),
                remedy=Text(
                    nl=f"Leid {name} hier af met derive, dan rekent de dienst het na.",
                    en=f"Derive {name} here with derive, then the service recomputes it.",
                ),
                evidence={"distribution": evidence.summary.in_words},
            )
        ]
