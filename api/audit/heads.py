"""Signed heads: the service's word that the chain had this last record at this moment. Pure, no database.

A head binds the number of records, the hash of the last one and the moment, under the Ed25519 key of the audit. A chain
whose tail was cut, or that was written anew, does not fit a head that somebody kept.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from api.audit.chain import canonical

FORMAT = "urban-enclave-audit-head/1"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The last record of a chain: its number, its hash, when that was so (ISO 8601), and the signature over these.

    `public_key` is the raw Ed25519 key in hex; `signature` is hex.
    """

    seq: int
    hash: str
    at: str
    public_key: str
    signature: str

    def document(self) -> dict[str, Any]:
        """Return the head as JSON."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_document(cls, document: Any) -> SignedHead:
        """Read a head.

        Raises ValueError when it is none.
        """
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ValueError("not a signed head")
        fields = {name: value for name, value in document.items() if name != "format"}
        numbers = type(fields.get("seq")) is int
        texts = all(isinstance(value, str) for name, value in fields.items() if name != "seq")
        if fields.keys() != set(cls.__slots__) or not numbers or not texts:
            raise ValueError("not a signed head")
        return cls(**fields)


def sign_head(key: Ed25519PrivateKey, seq: int, hash_: str, at: dt.datetime) -> SignedHead:
    """Return the head of a chain whose last record is number `seq` with this hash."""
    moment = at.isoformat()
    signature = key.sign(_signed(seq, hash_, moment)).hex()
    return SignedHead(seq, hash_, moment, key.public_key().public_bytes_raw().hex(), signature)


def is_signed(head: SignedHead) -> bool:
    """Tell whether the signature of `head` holds under the key it names; whose key that is, is for the caller to know."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(head.public_key))
        key.verify(bytes.fromhex(head.signature), _signed(head.seq, head.hash, head.at))
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(seq: int, hash_: str, at: str) -> bytes:
    # The format is signed along, so that no other document under the same key can pass for a head.
    return canonical({"format": FORMAT, "seq": seq, "hash": hash_, "at": at}).encode()
