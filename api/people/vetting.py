"""Vetting: what an administrator asserts about a person, and the statement that the person signs."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from api.audit.service import Actor, record
from api.db import now
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.people import validation
from api.people.evidence import SIGNED_HERE, DocumentKind, counting
from api.people.models import Evidence, EvidenceKind, Person, Signature
from api.people.service import assert_evidence, keep_evidence
from api.people.statements import present_statement
from output_checker.text import Language, Text

STATEMENT_HOLDS = dt.timedelta(days=5 * 365)
"""How long a signature counts; a new text ends it earlier."""


def check_identity(
    session: Session, actor: Actor, person: Person, document: str, valid_until: dt.datetime
) -> Evidence:
    """Assert that the actor saw `person` beside a document of identity; its number is never asked.

    Raises NotAllowedError (also about oneself) or InvalidError.
    """
    if document not in set(DocumentKind):
        message = Text(nl="Kies een soort document.", en="Choose a kind of document.")
        raise InvalidError("bad_document", message, field="document")
    kind = EvidenceKind.IDENTITY_CHECKED
    return assert_evidence(session, actor, person, kind, document, now(), valid_until)


def confirm_employment(
    session: Session, actor: Actor, person: Person, confirmed_by: str, valid_until: dt.datetime
) -> Evidence:
    """Assert that the institution of `person` confirmed, by whom (name and office), that they work there.

    Raises NotAllowedError (also about oneself) or InvalidError.
    """
    source = validation.line(confirmed_by, "confirmed_by")
    return assert_evidence(session, actor, person, EvidenceKind.EMPLOYMENT, source, now(), valid_until)


def accept_certificate(
    session: Session,
    actor: Actor,
    person: Person,
    certificate: str,
    issued: dt.datetime,
    valid_until: dt.datetime,
) -> Evidence:
    """Accept a certificate of a training elsewhere: what it is called and who gave it, and the day it was given.

    Raises NotAllowedError (also about oneself) or InvalidError (a day in the future).
    """
    source = validation.line(certificate, "certificate")
    if issued > now():
        message = Text(nl="Deze dag moet nog komen.", en="This day is still to come.")
        raise InvalidError("bad_day", message, field="issued")
    kind = EvidenceKind.TRAINING_PASSED
    return assert_evidence(session, actor, person, kind, source, issued, valid_until)


def has_signed(person: Person, at: dt.datetime) -> bool:
    """Tell whether `person` has a signature in force at `at` under the statement as it reads now."""
    signed = counting(person, EvidenceKind.STATEMENT_SIGNED)
    return any(item.valid_from <= at < item.valid_until for item in signed)


def sign_statement(
    session: Session,
    actor: Actor,
    *,
    version: int,
    language: Language,
    agreed: bool,
    acr: str,
    auth_time: dt.datetime,
) -> Signature:
    """Sign the statement as oneself, in the language read; the caller has seen a fresh strong login.

    Raises NotAllowedError (nobody is there to sign), ConflictError (the text changed since it was read, or it was
    signed already) or InvalidError (not agreed).
    """
    person, statement, moment = _signer(actor), present_statement(), now()
    if version != statement.version:
        message = Text(nl="De tekst is intussen vernieuwd.", en="The text was renewed in the meantime.")
        raise ConflictError("other_text", message, remedy=Text(nl="Lees hem opnieuw.", en="Read it anew."))
    if has_signed(person, moment):
        message = Text(nl="U heeft deze tekst al ondertekend.", en="You have signed this text already.")
        raise ConflictError("already_signed", message)
    if not agreed:
        message = Text(nl="Bevestig dat u dit verklaart.", en="Confirm that you declare this.")
        raise InvalidError("not_agreed", message, field="agreed")
    kind, until = EvidenceKind.STATEMENT_SIGNED, moment + STATEMENT_HOLDS
    evidence = keep_evidence(session, actor, person, kind, SIGNED_HERE, moment, until)
    told = {"sha256": statement.sha256(language), "language": language, "acr": acr}
    signature = Signature(evidence=evidence, auth_time=auth_time, **told)
    session.add(signature)
    session.flush()
    subject = f"person:{person.subject}"
    record(session, actor, "statement.sign", subject, "own signature", version=version, **told)
    return signature


def _signer(actor: Actor) -> Person:
    if actor.person is None:
        message = Text(nl="Alleen een persoon kan tekenen.", en="Only a person can sign.")
        raise NotAllowedError("nobody_signs", message)
    return actor.person
