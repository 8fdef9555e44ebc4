"""Statements of revocation: proven offline beside a receipt, and by nobody else's key or about another release."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.audit.chain import canonical
from api.release import statement
from api.release.record import FOREIGN_KEY, sign
from api.release.statement import make_document, statement_of, verify_statement
from tests.api.release.test_record import KEY, a_receipt

AT = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def a_document(record_sha256: str, key: Ed25519PrivateKey = KEY) -> dict[str, Any]:
    said = statement_of("R-2026-0001", record_sha256, ["ab" * 32], AT, "A wrong weight.")
    return make_document(said, sign(canonical(said), key), key.public_key())


def resign(document: dict[str, Any]) -> None:
    document["signature"] = sign(canonical(document["statement"]), KEY)


def test_a_statement_proves_the_revocation_of_its_release() -> None:
    receipt = a_receipt()
    assert verify_statement(a_document(receipt["record_sha256"]), receipt) is None


def test_a_statement_about_another_release_proves_nothing_here() -> None:
    assert verify_statement(a_document("0" * 64), a_receipt()) is statement.OTHER_RELEASE


def test_only_the_key_of_the_receipt_can_revoke_it() -> None:
    receipt = a_receipt()
    forged = a_document(receipt["record_sha256"], Ed25519PrivateKey.generate())
    assert verify_statement(forged, receipt) is FOREIGN_KEY
    forged["public_key"] = receipt["public_key"]
    assert verify_statement(forged, receipt) is statement.BAD_SIGNATURE


ALTERATIONS: dict[str, tuple[Callable[[dict[str, Any]], Any], Any]] = {
    "reason": (lambda document: document["statement"].update(reason="x"), statement.BAD_SIGNATURE),
    "moment": (lambda document: document["statement"].update(revoked_at="x"), statement.BAD_SIGNATURE),
    "format": (
        lambda document: document["statement"].update(format="x") or resign(document),
        statement.MALFORMED,
    ),
    "no record": (
        lambda document: document["statement"].pop("record_sha256") and resign(document),
        statement.MALFORMED,
    ),
    "signature that is no hex": (lambda document: document.update(signature="zz"), statement.MALFORMED),
    "signature that is a number": (lambda document: document.update(signature=7), statement.MALFORMED),
    "no key": (lambda document: document.pop("public_key"), statement.MALFORMED),
    "statement that is a list": (lambda document: document.update(statement=[]), statement.MALFORMED),
}


@pytest.mark.parametrize(("alter", "problem"), ALTERATIONS.values(), ids=ALTERATIONS.keys())
def test_any_alteration_is_caught(alter: Callable[[dict[str, Any]], Any], problem: object) -> None:
    receipt = a_receipt()
    document = copy.deepcopy(a_document(receipt["record_sha256"]))
    alter(document)
    assert verify_statement(document, receipt) is problem


@pytest.mark.parametrize("document", [None, [], "x", 7, {}])
def test_what_is_no_statement_is_called_so(document: Any) -> None:
    assert verify_statement(document, a_receipt()) is statement.MALFORMED


def test_a_release_record_cannot_pass_for_a_statement() -> None:
    receipt = a_receipt()
    passed_off = {**receipt, "statement": receipt["record"]}
    assert verify_statement(passed_off, receipt) is statement.MALFORMED
