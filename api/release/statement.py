"""The statement that a release was revoked: signed like its record, and proven offline beside its receipt. Pure.

Downloads stop at a revocation, but copies stay where they are: the statement is what their holders can be shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from api.audit.chain import canonical
from api.release.record import ALGORITHM, FOREIGN_KEY, is_signed
from output_checker.text import Text

FORMAT = "urban-enclave-revocation/1"

MALFORMED = Text("Dit is geen verklaring van intrekking.", "This is no statement of a revocation.")
BAD_SIGNATURE = Text(
    "De handtekening onder de verklaring klopt niet.", "The signature of the statement does not hold."
)
OTHER_RELEASE = Text(
    "De verklaring gaat over een andere vrijgave.", "The statement is about another release."
)


def statement_of(
    number: str, record_sha256: str, files: Sequence[str], at: dt.datetime, reason: str
) -> dict[str, Any]:
    """Return the statement that the release of request `number` was revoked at `at`; `files` are their sha256."""
    return {
        "format": FORMAT,
        "request": number,
        "record_sha256": record_sha256,
        "files": list(files),
        "revoked_at": at.isoformat(),
        "reason": reason,
    }


def make_document(statement: dict[str, Any], signature: str, public_key: Ed25519PublicKey) -> dict[str, Any]:
    """Return what is handed out: the statement, its signature over the canonical JSON, and the raw key in hex."""
    return {
        "statement": statement,
        "algorithm": ALGORITHM,
        "signature": signature,
        "public_key": public_key.public_bytes_raw().hex(),
    }


def verify_statement(document: Any, receipt: dict[str, Any]) -> Text | None:
    """Return why `document` does not prove that the release of `receipt` was revoked, or None when it does.

    `receipt` is one that api.release.record.verify_receipt found to hold: only the key that signed it can revoke it.
    """
    try:
        return _problem(document, receipt)
    except (KeyError, TypeError, ValueError, AttributeError):
        return MALFORMED


def _problem(document: Any, receipt: dict[str, Any]) -> Text | None:
    statement = document["statement"]
    if statement["format"] != FORMAT:
        return MALFORMED
    if document["public_key"] != receipt["public_key"]:
        return FOREIGN_KEY
    if not is_signed(canonical(statement), document["signature"], document["public_key"]):
        return BAD_SIGNATURE
    return None if statement["record_sha256"] == receipt["record_sha256"] else OTHER_RELEASE
