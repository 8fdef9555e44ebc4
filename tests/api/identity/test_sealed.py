"""Notes to ourselves that a browser carries."""

from __future__ import annotations

import base64
import json

import pytest

from api.identity.sealed import mark, seal, unseal
from api.secrets import SecretStore


def test_a_note_comes_back_as_it_was(secrets: SecretStore) -> None:
    note = unseal(secrets, "login", seal(secrets, "login", {"state": "s"}, 60))
    assert note is not None
    assert note["state"] == "s"


def test_a_note_of_another_kind_or_too_old_is_none(secrets: SecretStore) -> None:
    assert unseal(secrets, "other", seal(secrets, "login", {}, 60)) is None
    assert unseal(secrets, "login", seal(secrets, "login", {}, -1)) is None


def test_a_changed_note_is_none(secrets: SecretStore) -> None:
    head, _, signature = seal(secrets, "login", {"next": "/"}, 60).split(".")
    forged = (
        base64.urlsafe_b64encode(json.dumps({"next": "/evil", "exp": 9999999999}).encode())
        .decode()
        .rstrip("=")
    )
    assert unseal(secrets, "login", f"{head}.{forged}.{signature}") is None


@pytest.mark.parametrize("sealed", ["", "a", "a.b.c", "é"])
def test_what_is_no_note_is_none(secrets: SecretStore, sealed: str) -> None:
    assert unseal(secrets, "login", sealed) is None


def test_marks_differ_by_value_and_purpose(secrets: SecretStore) -> None:
    marks = {mark(secrets, "form", "a"), mark(secrets, "form", "b"), mark(secrets, "other", "a")}
    assert len(marks) == 3
