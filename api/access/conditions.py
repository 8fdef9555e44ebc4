"""The conditions of access: small frozen documents, each of which answers Met or Unmet in words.

A grant keeps its conditions as JSON documents ``{"condition": id, ...parameters}``. A document that cannot be read
(unknown id, unknown parameter) is never skipped: it is refused when granting, and unmet when it is found stored.
A new condition is one class here, with its id, and an entry in REGISTRY.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar, Final, Literal

from pydantic import ValidationError

from api.access.circumstances import Answer, Circumstances, Condition, Unmet
from api.access.implied import BY_GRANT
from api.access.occasions import Hours, Network, StrongLogin
from api.access.periods import Noun, answer_of_period
from api.errors import InvalidError
from api.people.evidence import counting
from api.people.models import Evidence, EvidenceKind
from output_checker.text import Text


class EvidenceCondition(Condition):
    """Evidence of one kind about the person is valid at the moment."""

    kind: ClassVar[EvidenceKind]
    noun: ClassVar[Noun]
    remedy: ClassVar[Text]

    def check(self, at_hand: Circumstances) -> Answer:
        """Look at the evidence that lasts longest of what has begun, else at what begins first."""
        evidence = counting(at_hand.person, self.kind)
        if not evidence:
            reason = Text(nl=f"{self.noun.nl} ontbreekt.", en=f"{self.noun.en} is missing.")
            return Unmet(reason, self._remedy(at_hand))
        best = _best(evidence, at_hand)
        return answer_of_period(
            self.noun, best.valid_from, best.valid_until, at_hand.at, self._remedy(at_hand)
        )

    def _remedy(self, at_hand: Circumstances) -> Text:
        names = {"centre": at_hand.project.centre.name, "institution": at_hand.person.institution.name}
        return Text(nl=self.remedy.nl.format(**names), en=self.remedy.en.format(**names))


def _best(evidence: list[Evidence], at_hand: Circumstances) -> Evidence:
    begun = [item for item in evidence if item.valid_from <= at_hand.at]
    if begun:
        return max(begun, key=lambda item: item.valid_until)
    return min(evidence, key=lambda item: item.valid_from)


class IdentityChecked(EvidenceCondition):
    """Somebody saw who the person is."""

    condition: Literal["identity_checked"] = "identity_checked"
    title = Text(nl="Identiteit gecontroleerd", en="Identity checked")
    kind = EvidenceKind.IDENTITY_CHECKED
    noun = Noun("De controle van uw identiteit", "The check of your identity")
    remedy = Text(
        nl="Laat uw identiteit controleren bij {centre}.", en="Have your identity checked at {centre}."
    )


class StatementSigned(EvidenceCondition):
    """The person signed the confidentiality statement."""

    condition: Literal["statement_signed"] = "statement_signed"
    title = Text(nl="Geheimhouding getekend", en="Confidentiality statement signed")
    kind = EvidenceKind.STATEMENT_SIGNED
    noun = Noun("Uw geheimhoudingsverklaring", "Your confidentiality statement")
    remedy = Text(
        nl="Onderteken de geheimhoudingsverklaring op de pagina Mijn dossier, of vraag {centre} om hulp.",
        en="Sign the confidentiality statement on the page My file, or ask {centre} for help.",
    )


class TrainingValid(EvidenceCondition):
    """The person passed the training for researchers, and it has not run out."""

    condition: Literal["training_valid"] = "training_valid"
    title = Text(nl="Opleiding geldig", en="Training valid")
    kind = EvidenceKind.TRAINING_PASSED
    noun = Noun("Uw opleiding voor onderzoekers", "Your training for researchers")
    remedy = Text(
        nl="Doe de toets op de pagina Opleiding, of laat een certificaat accepteren door {centre}.",
        en="Take the test on the page Training, or have a certificate accepted by {centre}.",
    )


class Employed(EvidenceCondition):
    """The institution confirmed that the person works there."""

    condition: Literal["employed"] = "employed"
    title = Text(nl="Aangesteld bij de instelling", en="Employed by the institution")
    kind = EvidenceKind.EMPLOYMENT
    noun = Noun("De bevestiging van uw aanstelling", "The confirmation of your employment")
    remedy = Text(
        nl="Vraag {institution} om uw aanstelling te bevestigen bij {centre}.",
        en="Ask {institution} to confirm your employment to {centre}.",
    )


class InstitutionAuthorised(Condition):
    """The person's institution may use microdata."""

    condition: Literal["institution_authorised"] = "institution_authorised"
    title = Text(nl="Instelling gemachtigd", en="Institution authorised")

    def check(self, at_hand: Circumstances) -> Answer:
        """Compare the moment with the period of the authorisation."""
        institution = at_hand.person.institution
        remedy = Text(
            nl=f"Vraag {institution.name} om de machtiging te regelen met {at_hand.project.centre.name}.",
            en=f"Ask {institution.name} to arrange its authorisation with {at_hand.project.centre.name}.",
        )
        noun = Noun(f"De machtiging van {institution.name}", f"The authorisation of {institution.name}")
        begin, end = institution.authorised_from, institution.authorised_until
        return answer_of_period(noun, begin, end, at_hand.at, remedy)


class UnreadableCondition(Condition):
    """What a stored document becomes that names no known condition: never met."""

    condition: Literal["unknown_condition"] = "unknown_condition"
    title = Text(nl="Onbekende voorwaarde", en="Unknown condition")

    def check(self, at_hand: Circumstances) -> Answer:
        """Refuse: what cannot be tested is not met."""
        reason = Text(
            nl="Uw toegang kent een voorwaarde die deze dienst niet kan toetsen.",
            en="Your access has a condition that this service cannot test.",
        )
        centre = at_hand.project.centre.name
        remedy = Text(
            nl=f"Vraag een beheerder van {centre} om de toegang opnieuw te verlenen.",
            en=f"Ask an administrator of {centre} to grant the access anew.",
        )
        return Unmet(reason, remedy)


_USUAL: Final[dict[str, type[Condition]]] = {
    "identity_checked": IdentityChecked,
    "statement_signed": StatementSigned,
    "training_valid": TrainingValid,
    "employed": Employed,
    "institution_authorised": InstitutionAuthorised,
}
_EXTRA: Final[dict[str, type[Condition]]] = {
    "hours": Hours,
    "network": Network,
    "strong_login": StrongLogin,
}
GRANTABLE: Final[dict[str, type[Condition]]] = _USUAL | _EXTRA
"""What an administrator may ask for in a grant, by id."""

REGISTRY: Final[dict[str, type[Condition]]] = GRANTABLE | {one.condition: type(one) for one in BY_GRANT}
"""What a grant may name, by id; the implied ones are asked whether it names them or not."""

DEFAULT_CONDITIONS: Final[list[dict[str, Any]]] = [{"condition": name} for name in _USUAL]
"""What a grant asks for unless the administrator says otherwise."""


def parse(document: object) -> Condition:
    """Return the condition that `document` describes.

    Raises InvalidError when its id is unknown or a parameter is unknown or malformed.
    """
    name = document.get("condition") if isinstance(document, dict) else None
    kind = REGISTRY.get(name) if isinstance(name, str) else None
    try:
        if kind is not None:
            # As JSON, which is what is kept: hours and lists of networks are words there.
            return kind.model_validate_json(json.dumps(document))
    except (ValidationError, TypeError, ValueError):
        pass  # the same refusal as for an unknown id: the document as a whole cannot be read
    known = ", ".join(REGISTRY)
    raise InvalidError(
        "unknown_condition",
        Text(nl="Deze voorwaarde is onbekend.", en="This condition is unknown."),
        field="conditions",
        remedy=Text(nl=f"Kies uit {known}.", en=f"Choose from {known}."),
    )


def read_stored(documents: object) -> list[Condition]:
    """Return the conditions of a stored grant, each once; whatever cannot be read becomes one that is never met."""
    if not isinstance(documents, list):
        return [UnreadableCondition()]
    return list(dict.fromkeys(_read_one(document) for document in documents))


def _read_one(document: object) -> Condition:
    try:
        return parse(document)
    except InvalidError:
        return UnreadableCondition()
