"""The statement that the work of a closed project was deleted: signed, and proven offline. Pure: no database.

It says what was there when it was counted, just before it was removed, and it is made only when all of it is gone.
"""

from __future__ import annotations

from typing import Any, Final

from api.audit.chain import canonical
from api.release.record import is_signed
from output_checker.text import Text

FORMAT: Final = "urban-enclave-deletion/1"
KEPT: Final = ("requests", "releases", "ledger", "audit")
"""What stays of a project: what was asked and decided, and what left."""

MALFORMED = Text("Dit is geen verklaring van verwijdering.", "This is no statement of a deletion.")
FOREIGN_KEY = Text(
    "De verklaring is met een andere sleutel ondertekend.", "The statement was signed with another key."
)
BAD_SIGNATURE = Text(
    "De handtekening onder de verklaring klopt niet.", "The signature of the statement does not hold."
)


def statement_of(
    project: dict[str, Any], moments: dict[str, str], removed: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the statement that all of `removed` is gone; `moments` are ISO times of closing, retention and deletion."""
    return {"format": FORMAT, "project": project, **moments, "removed": removed, "kept": list(KEPT)}


def verify_statement(document: Any, public_key: str | None = None) -> Text | None:
    """Return why `document` does not prove a deletion, or None when it does.

    `public_key` (hex of the raw key) is the one that the service publishes; without it the statement only proves that it
    is whole, not by whom it was made.
    """
    try:
        statement = document["statement"]
        if statement["format"] != FORMAT:
            return MALFORMED
        if public_key is not None and document["public_key"] != public_key:
            return FOREIGN_KEY
        holds = is_signed(canonical(statement), document["signature"], document["public_key"])
        return None if holds else BAD_SIGNATURE
    except (KeyError, TypeError, ValueError, AttributeError):
        return MALFORMED
