"""What is left of an installation that stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.installation import Installation
from deploy.running import end_sandboxes


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("ENCLAVE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("ENCLAVE_RUN_DIR", raising=False)
    return Installation.from_environment()


def test_the_directory_of_sockets_goes_with_what_is_in_it(installation: Installation) -> None:
    run = installation.hub_settings().own_run()
    (run / "heartbeat").touch()
    end_sandboxes(installation)
    assert not run.exists()


def test_a_directory_that_somebody_chose_keeps_what_is_theirs(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = tmp_path / "chosen"
    chosen.mkdir(mode=0o700)
    (chosen / "thesis.tex").touch()
    monkeypatch.setenv("ENCLAVE_RUN_DIR", str(chosen))
    end_sandboxes(Installation.from_environment())
    assert (chosen / "thesis.tex").exists()


def test_a_directory_that_others_can_write_is_left_alone(installation: Installation) -> None:
    run = installation.hub_settings().own_run()
    run.chmod(0o777)
    end_sandboxes(installation)
    assert run.exists()
    run.rmdir()
