"""Why nothing can be spent. No reason depends on data: only on budgets and on what the catalogue declares."""

from __future__ import annotations

from api.errors import ConflictError
from output_checker.text import Text

_ASK = Text("Vraag de databeheerder.", "Ask the data steward.")


def no_budget() -> ConflictError:
    """The population has no budget, or the project has no part of it."""
    return ConflictError(
        "no_privacy_budget",
        Text(
            "Voor deze data heeft uw project geen privacybudget.",
            "Your project has no privacy budget for this data.",
        ),
        remedy=_ASK,
    )


def unbounded(unit: str) -> ConflictError:
    """A kind of unit has a budget, but nobody knows what an answer costs it."""
    return ConflictError(
        "unbounded_loss",
        Text(
            f"Niet te zeggen is wat dit antwoord kost voor de eenheid {unit}: het hoogste aantal rijen ontbreekt.",
            f"What this answer costs the unit {unit} is unknown: its largest number of rows is missing.",
        ),
        remedy=_ASK,
    )


def exhausted() -> ConflictError:
    """Too little is left of a budget."""
    return ConflictError(
        "privacy_budget_exhausted",
        Text(
            "Er is niet genoeg privacybudget over voor deze vraag.",
            "Too little of the privacy budget is left for this question.",
        ),
        remedy=Text(
            "Vraag minder precies (kleinere epsilon), of vraag de databeheerder.",
            "Ask less precisely (a smaller epsilon), or ask the data steward.",
        ),
    )
