"""Public words and a tone for the states of the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from api.requests.differences import Change
from api.requests.models import RequestState, Sort
from api.review.models import AfterCheckResult, Decision
from output_checker.text import Text
from output_checker.verdict import Outcome

Tone = Literal["pass", "fail", "review", "info", "neutral"]


@dataclass(frozen=True)
class Label:
    """Words for a state and the tone that its sign and border take."""

    text: Text
    tone: Tone


STATES: dict[RequestState, Label] = {
    RequestState.DRAFT: Label(Text("Concept", "Draft"), "neutral"),
    RequestState.SUBMITTED: Label(Text("Ingediend", "Submitted"), "info"),
    RequestState.JUDGING: Label(Text("Wordt beoordeeld", "Being judged"), "info"),
    RequestState.UNDER_REVIEW: Label(Text("Bij de outputcontroleurs", "With the output checkers"), "review"),
    RequestState.ONE_REVIEW_IN: Label(Text("Eén oordeel binnen", "One review in"), "review"),
    RequestState.REVIEWED: Label(Text("Gecontroleerd", "Reviewed"), "info"),
    RequestState.RETURNED: Label(Text("Terug naar de onderzoeker", "Returned"), "fail"),
    RequestState.APPROVED: Label(Text("Goedgekeurd", "Approved"), "pass"),
    RequestState.RELEASED: Label(Text("Vrijgegeven", "Released"), "pass"),
    RequestState.REJECTED: Label(Text("Afgewezen", "Rejected"), "fail"),
    RequestState.WITHDRAWN: Label(Text("Ingetrokken", "Withdrawn"), "neutral"),
    RequestState.REVOKED: Label(Text("Vrijgave herroepen", "Revoked"), "fail"),
}
CHECKED = frozenset({RequestState.ONE_REVIEW_IN, RequestState.REVIEWED})
"""Steps that a checker takes: who it was stands in the audit, not in the history that authors and colleagues read."""

OUTCOMES: dict[Outcome, Label] = {
    Outcome.PASS: Label(Text("Voldoet aan de regels", "Passes the rules"), "pass"),
    Outcome.REVIEW: Label(Text("Vraagt een oordeel", "Needs judgement"), "review"),
    Outcome.FAIL: Label(Text("Voldoet niet", "Fails"), "fail"),
}
DECISIONS: dict[Decision, Label] = {
    Decision.APPROVE: Label(Text("Goedgekeurd", "Approved"), "pass"),
    Decision.RETURN: Label(Text("Teruggestuurd", "Returned"), "review"),
    Decision.REJECT: Label(Text("Afgewezen", "Rejected"), "fail"),
}
AFTER_CHECKS: dict[AfterCheckResult, Label] = {
    AfterCheckResult.IN_ORDER: Label(Text("In orde", "In order"), "pass"),
    AfterCheckResult.NOT_IN_ORDER: Label(Text("Niet in orde", "Not in order"), "fail"),
}
CHANGES: dict[Change, Label] = {
    Change.UNCHANGED: Label(Text("Ongewijzigd", "Unchanged"), "pass"),
    Change.REJUDGED: Label(
        Text("Zelfde vraag, ander oordeel of andere cijfers", "Same question, other verdict or figures"),
        "review",
    ),
    Change.CHANGED: Label(Text("Vraag gewijzigd", "Question changed"), "review"),
    Change.NEW: Label(Text("Nieuw", "New"), "info"),
    Change.DROPPED: Label(Text("Vervallen", "Dropped"), "neutral"),
}
SORTS: dict[Sort, Text] = {
    Sort.TABLE: Text("Tabel", "Table"),
    Sort.FIGURE: Text("Figuur", "Figure"),
    Sort.FILE: Text("Bestand", "File"),
}
CONTEXT: dict[str, Text] = {
    "title": Text("Titel", "Title"),
    "purpose": Text("Doel", "Purpose"),
    "population": Text("Populatie", "Population"),
    "question": Text("Onderzoeksvraag", "Research question"),
    "audience": Text("Bestemd voor", "Meant for"),
}
MARKED = frozenset({"fail", "review", "hidden"})
"""States of cells that are marked, and whose evidence can be opened."""

EVIDENCE: dict[str, Text] = {
    "counts": Text("Eenheden", "Units"),
    "lower": Text("Lezers weten: minstens", "Readers know: at least"),
    "upper": Text("Lezers weten: hoogstens", "Readers know: at most"),
    "relative_width": Text("Onzekerheid die nodig is", "Uncertainty needed"),
    "largest_share": Text("Hoogste aandeel dat mag", "Largest share allowed"),
    "minimum_units": Text("Minimum aantal eenheden", "Minimum number of units"),
    "shares": Text("Aandeel", "Share"),
}
"""Names of the evidence of the rules that come with the house; a rule of later is shown by its own names."""

CHAIN_WHOLE = Label(Text("De keten is heel", "The chain is whole"), "pass")
CHAIN_BROKEN = Label(Text("De keten is verbroken", "The chain is broken"), "fail")
CELLS: dict[str, Label] = {
    "pass": Label(Text("Voldoet aan de regels", "Passes the rules"), "pass"),
    "review": Label(Text("Vraagt een oordeel", "Needs judgement"), "review"),
    "fail": Label(Text("Voldoet niet", "Fails"), "fail"),
    "empty": Label(Text("Geen eenheden", "No units"), "neutral"),
    "hidden": Label(Text("Verborgen", "Hidden"), "info"),
}
PROTECTED = Label(Text("Beschermd", "Protected"), "pass")
EXPOSED = Label(Text("Niet beschermd", "Not protected"), "fail")
NOTHING_MISSING = Label(Text("Niets wat gewoonlijk ontbreekt", "Nothing that is usually missing"), "pass")
SAME_SELECTION = Label(Text("Dezelfde populatie", "Same population"), "review")
OTHER_SELECTION = Label(Text("Zelfde gegevens, andere selectie", "Same data, other selection"), "neutral")
PUBLIC = Label(Text("Open", "Open"), "pass")
NOT_PUBLIC = Label(Text("Gesloten", "Closed"), "neutral")
GRANT_OPEN = Label(Text("Aan alles voldaan", "All conditions met"), "pass")
ALLOWED = Label(Text("Mag", "May"), "pass")
GRANT_WITHDRAWN = Label(Text("Ingetrokken", "Withdrawn"), "neutral")


def unmet_label(number: int) -> Label:
    """Return the label of access that `number` (1 or more) conditions keep shut."""
    nl = "1 voorwaarde niet voldaan" if number == 1 else f"{number} voorwaarden niet voldaan"
    en = "1 condition not met" if number == 1 else f"{number} conditions not met"
    return Label(Text(nl, en), "fail")
