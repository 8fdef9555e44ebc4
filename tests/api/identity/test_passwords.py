"""Passwords: which are strong enough, and that they are kept as argon2id."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from api.errors import InvalidError, UnavailableError
from api.identity import passwords
from api.identity.passwords import HASHER, check_strength, hash_password, matches

NAMES = ("avries", "Anna de Vries")


@pytest.mark.parametrize(
    "password",
    [
        "",
        "elevenchars",
        "x" * 257,
        "abababababababab",
        "I am ANNA of the canal",
        "avries1234567890",
        "zo veel de vriesjes",
    ],
)
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidError) as caught:
        check_strength(password, NAMES)
    assert caught.value.field == "password"


@pytest.mark.parametrize(
    "password", ["twelve chars", "vier reigers bij het water", "密码很长很长很长很好的句子啊"]
)
def test_a_strong_password_is_taken(password: str) -> None:
    check_strength(password, NAMES)


def test_the_hash_is_argon2id_of_the_recommended_strength(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", HASHER)
    kept = hash_password("four quiet herons")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert matches(kept, "four quiet herons")
    assert not matches(kept, "four quiet heron")


@pytest.mark.parametrize("kept", [None, "", "no hash"])
def test_without_a_hash_no_password_fits(kept: str | None) -> None:
    assert not matches(kept, "anything")


def test_without_a_hash_the_same_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002
            tried.append(str(hash))
            return super().verify(hash, password)

    monkeypatch.setattr(passwords, "HASHER", Counting(time_cost=1, memory_cost=8, parallelism=1))
    assert not matches(None, "anything")
    assert len(tried) == 1
    assert tried[0].startswith("$argon2id$")


def test_when_too_many_try_at_once_the_next_is_told_to_wait() -> None:
    for _ in range(16):
        assert passwords._LINE.acquire(blocking=False)
    try:
        with pytest.raises(UnavailableError):
            hash_password("four quiet herons")
    finally:
        for _ in range(16):
            passwords._LINE.release()
    assert matches(hash_password("four quiet herons"), "four quiet herons")
