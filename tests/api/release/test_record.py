"""Receipts: whoever holds one can prove a release offline, and nobody can make one say something else."""

from __future__ import annotations

import ast
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.audit.chain import canonical, link
from api.release import record
from api.release.record import make_receipt, sha256, sign, verify_receipt

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw().hex()
CONTENT = b"area,count\r\nA,12\r\n"


def a_receipt(key: Ed25519PrivateKey = KEY) -> dict[str, Any]:
    files = [{"name": "R-2026-0001-1.csv", "sha256": sha256(CONTENT), "size": len(CONTENT)}]
    text = canonical({"request": {"number": "R-2026-0001", "title": "Énergie"}, "files": files})
    document = canonical({"seq": 7, "details": {"record_sha256": sha256(text.encode())}})
    audit = {"seq": 7, "document": document, "previous_hash": "0" * 64, "hash": link("0" * 64, document)}
    return make_receipt(text, sign(text, key), key.public_key(), audit)


def resign(receipt: dict[str, Any], key: Ed25519PrivateKey) -> None:
    text = canonical(receipt["record"])
    receipt.update(record_sha256=sha256(text.encode()), signature=sign(text, key))
    receipt["public_key"] = key.public_key().public_bytes_raw().hex()


def test_a_receipt_holds_with_its_files_under_any_name() -> None:
    travelled = json.loads(json.dumps(a_receipt()))
    assert verify_receipt(travelled, {"R-2026-0001-1.csv": CONTENT, "copy (1).csv": CONTENT}, PUBLIC) is None
    assert verify_receipt(travelled, {}) is None


def test_a_changed_file_is_caught_and_named() -> None:
    problem = verify_receipt(a_receipt(), {"mine.csv": CONTENT.replace(b"12", b"13")}, PUBLIC)
    assert problem is not None
    assert "mine.csv" in problem.nl
    assert "mine.csv" in problem.en


ALTERATIONS: dict[str, tuple[Callable[[dict[str, Any]], Any], Any]] = {
    "record": (lambda receipt: receipt["record"]["request"].update(title="x"), record.RECORD_CHANGED),
    "files": (lambda receipt: receipt["record"]["files"][0].update(sha256="0" * 64), record.RECORD_CHANGED),
    "digest": (lambda receipt: receipt.update(record_sha256="0" * 64), record.RECORD_CHANGED),
    "signature": (lambda receipt: receipt.update(signature="00" * 64), record.BAD_SIGNATURE),
    "short signature": (lambda receipt: receipt.update(signature="00"), record.BAD_SIGNATURE),
    "audit document": (
        lambda receipt: receipt["audit"].update(document=receipt["audit"]["document"].replace("7", "8")),
        record.AUDIT_CHANGED,
    ),
    "audit place": (lambda receipt: receipt["audit"].update(seq=8), record.AUDIT_CHANGED),
    "audit hash": (lambda receipt: receipt["audit"].update(hash="0" * 64), record.AUDIT_CHANGED),
    "no signature": (lambda receipt: receipt.pop("signature"), record.MALFORMED),
    "no files": (lambda receipt: receipt["record"].pop("files") and resign(receipt, KEY), record.MALFORMED),
    "signature that is no hex": (lambda receipt: receipt.update(signature="zz"), record.MALFORMED),
    "short key": (lambda receipt: receipt.update(public_key="00"), record.MALFORMED),
    "number for a key": (lambda receipt: receipt.update(public_key=7), record.MALFORMED),
    "audit that is no document": (lambda receipt: receipt["audit"].update(document="{"), record.MALFORMED),
}


@pytest.mark.parametrize(("alter", "problem"), ALTERATIONS.values(), ids=ALTERATIONS.keys())
def test_any_alteration_is_caught(alter: Callable[[dict[str, Any]], Any], problem: object) -> None:
    receipt = copy.deepcopy(a_receipt())
    alter(receipt)
    assert verify_receipt(receipt, {}) is problem


def test_an_audit_link_of_another_release_is_caught() -> None:
    receipt, other = a_receipt(), a_receipt()
    receipt["record"]["request"]["title"] = "Another"
    resign(receipt, KEY)
    receipt["audit"] = other["audit"]
    assert verify_receipt(receipt, {}, PUBLIC) is record.AUDIT_CHANGED


def test_a_forger_with_a_key_of_their_own_is_caught_by_the_published_key() -> None:
    forged = a_receipt(Ed25519PrivateKey.generate())
    assert verify_receipt(forged, {"x": CONTENT}) is None
    assert verify_receipt(forged, {"x": CONTENT}, PUBLIC) is record.FOREIGN_KEY


@pytest.mark.parametrize("receipt", [None, [], "x", 7, {}, {"record": None}, {"record": {"files": 3}}])
def test_what_is_no_receipt_is_called_so(receipt: Any) -> None:
    assert verify_receipt(receipt, {}) is record.MALFORMED


def test_verifying_needs_no_database() -> None:
    tree = ast.parse(Path(record.__file__).read_text())
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported & {"api.db", "sqlalchemy", "api.settings"} == set()
    assert {name for name in imported if name and name.startswith("api.")} == {"api.audit.chain"}
