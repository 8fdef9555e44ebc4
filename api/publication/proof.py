"""The public proof of a release: what its signed record says, without the people in it, signed with the same key. Pure.

It has the shape of a receipt (api/release/record.py), so that the same command verifies both and a statement of
revocation fits both; ``record_sha256`` is that of the complete record, which the members of the project hold.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.audit.chain import canonical
from api.release.record import (
    ALGORITHM,
    BAD_SIGNATURE,
    FOREIGN_KEY,
    MALFORMED,
    RECORD_CHANGED,
    is_signed,
    problem_of_files,
    sign,
)
from output_checker.text import Text

FORMAT: Final = "urban-enclave-publication/1"
_WORDS: Final = ("number", "title", "purpose", "population", "question")
_OUTPUT: Final = ("position", "title", "query_digest", "dataset", "policy")


def proof_of(
    record: str, record_sha256: str, questions: Mapping[int, Text], key: Ed25519PrivateKey
) -> dict[str, Any]:
    """Return the proof of the release with this canonical `record`; `questions` are its queries in words by position.

    The queries themselves stay out, because one may hold values that its author added for each unit.
    """
    told = _without_people(json.loads(record), record_sha256, questions)
    return {
        "format": FORMAT,
        "record": told,
        "record_sha256": record_sha256,
        "algorithm": ALGORITHM,
        "signature": sign(canonical(told), key),
        "public_key": key.public_key().public_bytes_raw().hex(),
    }


def verify_proof(proof: Any, files: dict[str, bytes], public_key: str | None = None) -> Text | None:
    """Return what is wrong with a public proof or with files said to belong to it, or None when all holds.

    `files` are contents by name; `public_key` (hex of the raw key) is the one that the service publishes.
    """
    try:
        problem = _problem(proof, public_key)
        released = {file["sha256"] for file in proof["record"]["files"]}
    except (KeyError, TypeError, ValueError, AttributeError):
        return MALFORMED
    return problem or problem_of_files(files, released)


def _problem(proof: Any, public_key: str | None) -> Text | None:
    if proof["format"] != FORMAT:
        return MALFORMED
    if public_key is not None and proof["public_key"] != public_key:
        return FOREIGN_KEY
    if proof["record"]["record_sha256"] != proof["record_sha256"]:
        return RECORD_CHANGED
    holds = is_signed(canonical(proof["record"]), proof["signature"], proof["public_key"])
    return None if holds else BAD_SIGNATURE


def _without_people(
    record: dict[str, Any], record_sha256: str, questions: Mapping[int, Text]
) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "record_sha256": record_sha256,
        "released_at": record["released_at"],
        "request": {name: record["request"].get(name, "") for name in _WORDS},
        "project": record["project"],
        "centre": record["centre"],
        "checked_by": len(record["reviews"]),
        "outputs": [_output(output, questions) for output in record["outputs"]],
        "files": record["files"],
    }


def _output(output: dict[str, Any], questions: Mapping[int, Text]) -> dict[str, Any]:
    question = questions[output["position"]]
    noise = {"noise": output["noise"]} if "noise" in output else {}
    told = {name: output[name] for name in _OUTPUT}
    return told | {"question": {"nl": question.nl, "en": question.en}} | noise
