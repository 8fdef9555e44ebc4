"""The doctor names what is missing or unsafe, in both languages, and says nothing about what is well."""

from pathlib import Path

import pytest

from api.settings import Settings
from deploy import doctor
from deploy.doctor import Severity
from hub.settings import Settings as HubSettings


def complaints(settings: Settings) -> dict[str, Severity]:
    found = doctor.examine(settings, HubSettings())
    assert all(one.reason.nl != one.reason.en for one in found)
    return {one.reason.en: one.severity for one in found}


def about(found: dict[str, Severity], word: str) -> list[Severity]:
    return [severity for reason, severity in found.items() if word in reason]


def test_a_fresh_installation_has_nothing_wrong_with_its_state(settings: Settings) -> None:
    found = complaints(settings)
    for word in ("Secret", "database", "open to others", "set up"):
        assert not about(found, word)


def test_an_empty_directory_is_not_an_installation(tmp_path: Path) -> None:
    found = complaints(Settings(state_dir=tmp_path / "nothing"))
    assert about(found, "Nothing was set up") == [Severity.MISSING]


def test_a_secret_that_others_can_read_is_unsafe(settings: Settings) -> None:
    (settings.state_dir / "secrets" / "session_key").chmod(0o644)
    assert about(complaints(settings), "session_key is open to others") == [Severity.UNSAFE]


def test_a_state_directory_that_others_can_look_into_is_unsafe(settings: Settings) -> None:
    settings.state_dir.chmod(0o755)
    assert about(complaints(settings), f"{settings.state_dir.resolve()} is open to others") == [
        Severity.UNSAFE
    ]


def test_a_lost_secret_is_missing(settings: Settings) -> None:
    (settings.state_dir / "secrets" / "watch_token").unlink()
    assert about(complaints(settings), "watch_token is missing") == [Severity.MISSING]


def test_a_damaged_database_is_told(settings: Settings) -> None:
    path = settings.state_dir / "enclave.sqlite"
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 8192] = b"\xff" * 8192
    path.write_bytes(content)
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)
    assert about(complaints(settings), "damaged") == [Severity.UNSAFE]


def test_an_old_database_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.migrate, "is_current", lambda _database: False)
    assert about(complaints(settings), "newest shape") == [Severity.MISSING]


@pytest.mark.parametrize(("told", "understood"), [("v20.20.2", 20), ("v18.1.0", 18), ("nonsense", None)])
def test_the_version_of_node_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, understood: int | None
) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {told}\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor.node_version() == understood


def test_an_absent_node_is_missing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda _name: None)
    assert Severity.MISSING in about(complaints(settings), "Node.js")
