"""Which evidence about a person counts, and what its source is called: the only place that tells."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from api.people.models import Evidence, EvidenceKind, Person
from api.people.statements import present_statement
from output_checker.text import Text

KIND_NAMES: Final[dict[EvidenceKind, Text]] = {
    EvidenceKind.IDENTITY_CHECKED: Text(nl="Identiteit gecontroleerd", en="Identity checked"),
    EvidenceKind.STATEMENT_SIGNED: Text(
        nl="Geheimhoudingsverklaring getekend", en="Confidentiality statement signed"
    ),
    EvidenceKind.TRAINING_PASSED: Text(nl="Opleiding gehaald", en="Training passed"),
    EvidenceKind.EMPLOYMENT: Text(nl="Aanstelling bevestigd", en="Employment confirmed"),
}


class DocumentKind(StrEnum):
    """By which document somebody showed who they are; its number is not kept."""

    PASSPORT = "passport"
    IDENTITY_CARD = "identity_card"
    RESIDENCE_PERMIT = "residence_permit"
    DRIVING_LICENCE = "driving_licence"


DOCUMENT_NAMES: Final[dict[DocumentKind, Text]] = {
    DocumentKind.PASSPORT: Text(nl="Paspoort", en="Passport"),
    DocumentKind.IDENTITY_CARD: Text(nl="Identiteitskaart", en="Identity card"),
    DocumentKind.RESIDENCE_PERMIT: Text(nl="Verblijfsdocument", en="Residence permit"),
    DocumentKind.DRIVING_LICENCE: Text(nl="Rijbewijs", en="Driving licence"),
}
SIGNED_HERE: Final = "signed_here"
TEST_HERE: Final = "test_here"
_SOURCES: Final[dict[EvidenceKind, dict[str, Text]]] = {
    EvidenceKind.IDENTITY_CHECKED: {kind.value: name for kind, name in DOCUMENT_NAMES.items()},
    EvidenceKind.STATEMENT_SIGNED: {
        SIGNED_HERE: Text(nl="Zelf ondertekend in deze omgeving", en="Signed in person in this environment")
    },
    EvidenceKind.TRAINING_PASSED: {
        TEST_HERE: Text(nl="Toets in deze omgeving", en="Test in this environment")
    },
    EvidenceKind.EMPLOYMENT: {},
}
"""What the service itself writes as a source, by kind of evidence."""


def counting(person: Person, kind: EvidenceKind) -> list[Evidence]:
    """Return the evidence of one kind that was not retracted; of a statement only under its present text.

    Whether its period holds is another question: see api/access/conditions.py.
    """
    return [item for item in person.evidence if item.kind is kind and why_not_counting(item) is None]


def why_not_counting(item: Evidence) -> Text | None:
    """Return why a piece of evidence counts no longer, whatever its period says; None when it does."""
    if item.retraction is not None:
        return Text(nl="Ingetrokken", en="Retracted")
    if item.kind is EvidenceKind.STATEMENT_SIGNED and item.version != present_statement().version:
        return Text(nl="Een oudere tekst", en="An older text")
    return None


def source_in_words(item: Evidence) -> Text:
    """Return what a piece of evidence rests on."""
    typed = item.kind is EvidenceKind.TRAINING_PASSED and item.asserted_by_id is not None
    # A certificate that somebody called "test_here" must not read as a test that was passed here.
    words = (None if typed else _SOURCES[item.kind].get(item.source)) or Text.same(item.source)
    if item.kind is not EvidenceKind.STATEMENT_SIGNED:
        return words
    return Text(nl=f"{words.nl} (versie {item.version})", en=f"{words.en} (version {item.version})")
