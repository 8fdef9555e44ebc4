"""What the figures of a centre are called."""

from __future__ import annotations

from typing import Final

from api.centre.figures import Ending, Stage
from api.review.requirements import Level
from output_checker.text import Text

ENDINGS: Final[dict[Ending, Text]] = {
    Ending.APPROVED_BY_PEOPLE: Text("Goedgekeurd door controleurs", "Approved by checkers"),
    Ending.APPROVED_BY_POLICY: Text("Goedgekeurd door het beleid", "Approved by the policy"),
    Ending.RETURNED_BY_RULES: Text("Teruggegeven door de regels", "Returned by the rules"),
    Ending.RETURNED_BY_PEOPLE: Text("Teruggegeven door controleurs", "Returned by checkers"),
    Ending.REJECTED: Text("Afgewezen", "Rejected"),
    Ending.WITHDRAWN: Text("Ingetrokken", "Withdrawn"),
    Ending.UNDER_WAY: Text("Nog onderweg", "Still under way"),
}
STAGES: Final[dict[Stage, Text]] = {
    Stage.VERDICT: Text("Oordeel van de regels", "Verdict of the rules"),
    Stage.FIRST_REVIEW: Text("Van oordeel tot eerste controleur", "From verdict to first checker"),
    Stage.DECISION_BY_PEOPLE: Text(
        "Van indienen tot besluit van controleurs", "From submission to decision of checkers"
    ),
    Stage.DECISION_BY_MACHINE: Text(
        "Van indienen tot besluit zonder mensen", "From submission to decision without people"
    ),
    Stage.RELEASE: Text("Van besluit tot bestanden", "From decision to files"),
}
LEVELS: Final[dict[Level, tuple[Text, Text]]] = {
    Level.TWO: (
        Text("Twee controleurs", "Two checkers"),
        Text(
            "Twee mensen zien alle uitvoer, onafhankelijk van elkaar.",
            "Two people see all output, independently.",
        ),
    ),
    Level.ONE: (
        Text("Eén controleur", "One checker"),
        Text("Eén mens ziet alle uitvoer.", "One person sees all output."),
    ),
    Level.NONE: (
        Text("Alleen wat mensen nodig heeft", "Only what needs people"),
        Text(
            "Wat aan elke regel van een streng beleid voldoet gaat zonder controleur naar buiten; een willekeurig deel "
            "wordt achteraf nagekeken. De rest, en altijd eigen variabelen en bestanden, zien twee mensen.",
            "What passes every rule of a strict policy leaves without a checker; a random part is checked afterwards. "
            "Two people see the rest, and always own variables and files.",
        ),
    ),
}
"""The name of each level and what it means."""
