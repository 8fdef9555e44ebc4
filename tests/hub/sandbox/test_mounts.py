from pathlib import Path

import pytest

from hub.sandbox import mounts
from hub.sandbox.mounts import UnusableEnvironmentError


def environment(place: Path, python: Path) -> Path:
    (place / "env" / "bin").mkdir(parents=True)
    (place / "env" / "bin" / "python").symlink_to(python)
    return place / "env"


def test_an_interpreter_of_the_system_needs_no_mount(tmp_path: Path) -> None:
    assert mounts.interpreter(environment(tmp_path, Path("/usr/bin/python3"))) == []


def test_an_interpreter_elsewhere_is_mounted_at_every_step_of_its_link(tmp_path: Path) -> None:
    real = tmp_path / "python-3.11.9"
    (real / "bin").mkdir(parents=True)
    (real / "bin" / "python3.11").touch()
    (tmp_path / "python-3.11").symlink_to(real)
    found = mounts.interpreter(environment(tmp_path, tmp_path / "python-3.11" / "bin" / "python3.11"))
    assert {mount.target for mount in found} == {str(tmp_path / "python-3.11"), str(real)}
    assert {mount.source for mount in found} == {real}


def test_an_environment_without_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableEnvironmentError):
        mounts.interpreter(tmp_path)


def test_only_the_home_can_be_written(tmp_path: Path) -> None:
    every = [*mounts.system(), *mounts.project(tmp_path, tmp_path, tmp_path)]
    assert [mount.target for mount in every if mount.writable] == ["/home/researcher"]


def test_no_account_of_the_host_is_mounted() -> None:
    sources = {str(mount.source) for mount in mounts.system()}
    assert not sources & {"/etc/passwd", "/etc/shadow", "/etc/hosts", "/etc", "/etc/hostname"}
