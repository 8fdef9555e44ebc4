"""The life of a request: one table of lawful steps, with who may take each, and whose turn it is in each state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from api.errors import ConflictError
from api.requests.models import RequestState
from output_checker.text import Text

S = RequestState


class Party(StrEnum):
    """Who moves a request on."""

    SYSTEM = "system"
    AUTHOR = "author"
    CHECKER = "checker"
    ADMINISTRATOR = "administrator"
    NOBODY = "nobody"


STATE_OWNERS: dict[RequestState, Party] = {
    S.DRAFT: Party.AUTHOR,
    S.SUBMITTED: Party.SYSTEM,
    S.JUDGING: Party.SYSTEM,
    S.UNDER_REVIEW: Party.CHECKER,
    S.ONE_REVIEW_IN: Party.CHECKER,
    S.REVIEWED: Party.SYSTEM,
    S.RETURNED: Party.AUTHOR,
    S.APPROVED: Party.SYSTEM,
    S.RELEASED: Party.ADMINISTRATOR,
    S.REJECTED: Party.NOBODY,
    S.WITHDRAWN: Party.NOBODY,
    S.REVOKED: Party.NOBODY,
}
"""Whose turn it is; nobody's in a final state. Beside its owner the author may withdraw, and a checker may revoke."""

_ONWARD: dict[RequestState, tuple[RequestState, ...]] = {
    S.DRAFT: (S.SUBMITTED,),
    S.SUBMITTED: (S.JUDGING, S.RETURNED),
    # Approved at once where a policy decides (see api/review/requirements.py); back to people when it cannot stand.
    S.JUDGING: (S.UNDER_REVIEW, S.RETURNED, S.APPROVED),
    S.UNDER_REVIEW: (S.ONE_REVIEW_IN, S.REVIEWED),
    S.ONE_REVIEW_IN: (S.ONE_REVIEW_IN, S.REVIEWED),
    S.REVIEWED: (S.APPROVED, S.RETURNED, S.REJECTED),
    S.RETURNED: (S.SUBMITTED,),
    S.APPROVED: (S.RELEASED, S.RETURNED, S.UNDER_REVIEW),
    S.RELEASED: (S.REVOKED,),
}
# Once approved, the release may be under way: then a withdrawal would come too late to mean anything.
_WITHDRAWABLE = (
    S.DRAFT,
    S.SUBMITTED,
    S.JUDGING,
    S.UNDER_REVIEW,
    S.ONE_REVIEW_IN,
    S.RETURNED,
)


@dataclass(frozen=True)
class Step:
    """One lawful step; a request comes into being as a draft."""

    before: RequestState
    after: RequestState
    by: Party


TRANSITIONS: tuple[Step, ...] = (
    *(Step(before, after, STATE_OWNERS[before]) for before, onward in _ONWARD.items() for after in onward),
    *(Step(before, S.WITHDRAWN, Party.AUTHOR) for before in _WITHDRAWABLE),
    Step(S.RELEASED, S.REVOKED, Party.CHECKER),
)
"""Every lawful step. What is not here cannot happen."""

_LAWFUL = frozenset(TRANSITIONS)
IN_REVIEW = frozenset({S.UNDER_REVIEW, S.ONE_REVIEW_IN})
"""States in which checkers decide."""


def is_lawful(before: RequestState, after: RequestState, by: Party) -> bool:
    """Tell whether `by` may take a request from `before` to `after`."""
    return Step(before, after, by) in _LAWFUL


def check_lawful(before: RequestState, after: RequestState, by: Party) -> None:
    """Raise ConflictError when this step is not in the table."""
    if not is_lawful(before, after, by):
        raise ConflictError(
            "unlawful_step",
            Text(
                "Dit kan niet (meer) met deze aanvraag.", "This cannot be done with this request (any more)."
            ),
            remedy=Text("Laad de pagina opnieuw.", "Reload the page."),
        )


_NEXT: dict[RequestState, Text] = {
    S.DRAFT: Text(
        "U kunt deze aanvraag nog aanvullen en dan indienen.", "You can still complete and submit it."
    ),
    S.SUBMITTED: Text(
        "De dienst beoordeelt uw aanvraag binnen enkele seconden.",
        "The service judges your request within seconds.",
    ),
    S.JUDGING: Text(
        "De dienst rekent de tabel na en past de regels toe.",
        "The service recomputes the table and applies the rules.",
    ),
    S.UNDER_REVIEW: Text(
        "Outputcontroleurs kijken naar uw aanvraag.", "Output checkers look at your request."
    ),
    S.ONE_REVIEW_IN: Text(
        "Nog niet alle outputcontroleurs hebben beslist.",
        "Not all output checkers have decided yet.",
    ),
    S.REVIEWED: Text("De beslissingen worden verwerkt.", "The decisions are being processed."),
    S.RETURNED: Text(
        "Pas de tabel aan met de redenen hieronder en dien opnieuw in.",
        "Change the table as the reasons below tell, and submit again.",
    ),
    S.APPROVED: Text("De dienst schrijft de bestanden.", "The service writes the files."),
    S.RELEASED: Text(
        "U kunt de bestanden en het bewijs downloaden.", "You can download the files and the receipt."
    ),
    S.REJECTED: Text("Deze uitvoer verlaat de omgeving niet.", "This output does not leave the environment."),
    S.WITHDRAWN: Text("U heeft deze aanvraag ingetrokken.", "You withdrew this request."),
    S.REVOKED: Text(
        "Deze vrijgave is ingetrokken: gebruik de cijfers niet meer.",
        "This release was revoked: do not use its figures any more.",
    ),
}


def next_step_in(state: RequestState) -> Text:
    """Return what happens next to a request in `state`, in words for its author."""
    return _NEXT[state]
