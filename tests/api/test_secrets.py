"""Secrets are made once, are closed to others, and their absence is said."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from api.secrets import MAKERS, MissingSecretError, SecretStore


def test_every_secret_is_made_once_and_never_changed(tmp_path: Path) -> None:
    store = SecretStore(tmp_path / "secrets")
    assert set(store.ensure()) == set(MAKERS)
    before = {name: store.read(name) for name in MAKERS}
    assert store.ensure() == []
    assert {name: store.read(name) for name in MAKERS} == before
    assert len(set(before.values())) == len(MAKERS)


def test_only_the_service_user_can_read_them(tmp_path: Path) -> None:
    store = SecretStore(tmp_path / "secrets")
    store.ensure()
    assert stat.S_IMODE(store.directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in store.directory.iterdir()} == {0o600}


def test_processes_that_start_together_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SecretStore(tmp_path / "secrets")
    store.directory.mkdir()
    monkeypatch.setitem(MAKERS, "session_key", lambda: _other_process_first(store))
    assert "session_key" not in store.ensure()
    assert store.read("session_key") == "theirs"
    assert not [path for path in store.directory.iterdir() if path.name.startswith(".")]


def _other_process_first(store: SecretStore) -> bytes:
    (store.directory / "session_key").write_text("theirs")
    return b"ours"


def test_concurrent_ensure_leaves_one_value(tmp_path: Path) -> None:
    store = SecretStore(tmp_path / "secrets")
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.extend(store.ensure())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(made) == set(MAKERS)


def test_a_missing_secret_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(MissingSecretError, match="enclave init"):
        SecretStore(tmp_path).read("session_key")


def test_the_audit_key_must_be_an_ed25519_key(tmp_path: Path) -> None:
    store = SecretStore(tmp_path / "secrets")
    store.ensure()
    assert len(store.audit_key().sign(b"head")) == 64
    (store.directory / "audit_signing_key.pem").write_text(store.read("oidc_signing_key.pem"))
    with pytest.raises(MissingSecretError, match="Ed25519"):
        store.audit_key()
