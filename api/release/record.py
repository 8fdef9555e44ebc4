"""The record of a release, and the receipt with which anybody proves it offline. Pure: no database, no settings.

A receipt holds the record, its Ed25519 signature, the public key, and the link of the audit chain that tells of the
release. Whoever has the exported chain can find that link in it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from api.audit.chain import canonical, link
from output_checker.text import Text

FORMAT = "urban-enclave-release/1"
ALGORITHM = "Ed25519"

MALFORMED = Text("Dit is geen bewijs van vrijgave.", "This is no receipt of a release.")
FOREIGN_KEY = Text(
    "Het bewijs is met een andere sleutel ondertekend.", "The receipt was signed with another key."
)
RECORD_CHANGED = Text("Het verslag is gewijzigd.", "The record was changed.")
BAD_SIGNATURE = Text("De handtekening klopt niet.", "The signature does not hold.")
AUDIT_CHANGED = Text(
    "De schakel van het auditspoor hoort niet bij dit verslag.",
    "The link of the audit chain does not belong to this record.",
)


def sha256(content: bytes) -> str:
    """Return the sha256 of `content`, 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def sign(record: str, key: Ed25519PrivateKey) -> str:
    """Return the signature of a canonical record, in hex."""
    return key.sign(record.encode()).hex()


def make_receipt(
    record: str, signature: str, public_key: Ed25519PublicKey, audit: dict[str, Any]
) -> dict[str, Any]:
    """Return the receipt of a canonical record; `audit` is the link with seq, document, previous_hash and hash."""
    return {
        "format": FORMAT,
        "record": json.loads(record),
        "record_sha256": sha256(record.encode()),
        "algorithm": ALGORITHM,
        "signature": signature,
        "public_key": public_key.public_bytes_raw().hex(),
        "audit": audit,
    }


def verify_receipt(receipt: Any, files: dict[str, bytes], public_key: str | None = None) -> Text | None:
    """Return what is wrong with a receipt or with files said to belong to it, or None when all holds.

    `files` are contents by name; each must be, byte for byte, one of the released files, under whatever name.
    `public_key` (hex of the raw key) is the one that the service publishes; without it the receipt only proves that
    it is whole, not by whom it was made.
    """
    try:
        problem = _problem_of_receipt(receipt, public_key)
        released = {file["sha256"] for file in receipt["record"]["files"]}
    except (KeyError, TypeError, ValueError, AttributeError):
        return MALFORMED
    return problem or problem_of_files(files, released)


def _problem_of_receipt(receipt: Any, public_key: str | None) -> Text | None:
    record = canonical(receipt["record"])
    if public_key is not None and receipt["public_key"] != public_key:
        return FOREIGN_KEY
    if receipt["record_sha256"] != sha256(record.encode()):
        return RECORD_CHANGED
    if not is_signed(record, receipt["signature"], receipt["public_key"]):
        return BAD_SIGNATURE
    return None if _tells_of(receipt["audit"], receipt["record_sha256"]) else AUDIT_CHANGED


def is_signed(record: str, signature: str, public_key: str) -> bool:
    """Tell whether `signature` covers a canonical document under `public_key` (both hex).

    Raises ValueError or TypeError when either is not what it should be.
    """
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    try:
        key.verify(bytes.fromhex(signature), record.encode())
    except InvalidSignature:
        return False
    return True


def _tells_of(audit: dict[str, Any], record_sha256: str) -> bool:
    told = json.loads(audit["document"])
    holds = audit["hash"] == link(audit["previous_hash"], audit["document"]) and audit["seq"] == told["seq"]
    return holds and bool(told["details"]["record_sha256"] == record_sha256)


def problem_of_files(files: dict[str, bytes], released: set[str]) -> Text | None:
    """Return which of `files` (contents by name) is none of the `released` ones (their sha256), or None."""
    for name, content in files.items():
        if sha256(content) not in released:
            return Text(
                f"{name} is niet wat is vrijgegeven: het is gewijzigd, of hoort bij iets anders.",
                f"{name} is not what was released: it was changed, or belongs to something else.",
            )
    return None
