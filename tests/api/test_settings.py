"""Settings: addresses in one spelling, directories closed to others."""

from __future__ import annotations

import datetime as dt
import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.db import now
from api.settings import LONGEST_DAYS, Settings, get_settings


def test_addresses_have_no_last_slash() -> None:
    settings = Settings(
        api_url="https://enclave.example/", hub_url="https://hub.example/", issuer="https://id.example/"
    )
    assert (settings.api_url, settings.hub_url) == ("https://enclave.example", "https://hub.example")
    assert settings.issuer_url == "https://id.example"


def test_the_embedded_provider_is_the_issuer_unless_another_is_set() -> None:
    assert Settings(api_url="https://enclave.example").issuer_url == "https://enclave.example"


def test_the_database_is_in_the_state_directory_unless_set(tmp_path: Path) -> None:
    assert Settings(state_dir=tmp_path).database == f"sqlite:///{tmp_path.resolve() / 'enclave.sqlite'}"
    assert Settings(database_url="sqlite://").database == "sqlite://"


def test_directories_are_closed_to_other_users(tmp_path: Path) -> None:
    directory = Settings(state_dir=tmp_path / "state").directory("releases")
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(directory.parent.stat().st_mode) == 0o700


def test_installations_on_one_machine_are_told_apart(tmp_path: Path) -> None:
    fingerprints = {Settings(state_dir=tmp_path / name).fingerprint for name in ("one", "two", "one")}
    assert len(fingerprints) == 2
    assert all(len(fingerprint) == 8 for fingerprint in fingerprints)


def test_how_long_something_is_kept_leads_to_a_date() -> None:
    kept = ("session_days", "notice_days", "person_days", "log_days", "retention_days")
    for name in kept:
        longest = getattr(Settings.model_validate({name: LONGEST_DAYS}), name)
        assert now() - dt.timedelta(days=longest) < now()
        with pytest.raises(ValidationError):
            Settings.model_validate({name: LONGEST_DAYS + 1})


def test_settings_of_a_process_are_read_once() -> None:
    assert get_settings() is get_settings()
