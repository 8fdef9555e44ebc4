"""Control groups of both versions, written into directories that look like theirs; the real ones are tried by the attacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.sandbox import cgroup
from hub.sandbox.cgroup import CgroupError
from hub.sandbox.plan import Limits

LIMITS = Limits(memory_bytes=1000, processes=20, cpus=1.5)


def test_version_2_sets_every_limit(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpu io memory pids")
    (tmp_path / "enclave" / "one").mkdir(parents=True)
    (tmp_path / "enclave" / "one" / "memory.swap.max").write_text("max")
    (directory,) = cgroup.create("enclave", "one", LIMITS, tmp_path)
    written = {
        name: (directory / name).read_text()
        for name in ("memory.max", "memory.swap.max", "pids.max", "cpu.max")
    }
    assert written == {
        "memory.max": "1000",
        "memory.swap.max": "0",
        "pids.max": "20",
        "cpu.max": "150000 100000",
    }
    assert (tmp_path / "enclave" / "cgroup.subtree_control").read_text() == "+memory +pids +cpu"


def version_1(root: Path) -> Path:
    for name in cgroup.CONTROLLERS:
        (root / name).mkdir()
        (root / name / "cgroup.procs").touch()
    return root


def test_version_1_sets_every_limit(tmp_path: Path) -> None:
    memory, pids, cpu = cgroup.create("enclave", "one", LIMITS, version_1(tmp_path))
    assert (memory / "memory.limit_in_bytes").read_text() == "1000"
    assert (pids / "pids.max").read_text() == "20"
    assert (cpu / "cpu.cfs_quota_us").read_text() == "150000"


def test_without_controllers_there_is_no_group(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpuset")
    assert cgroup.version(tmp_path) is None
    assert cgroup.create("enclave", "one", LIMITS, tmp_path) == ()


def test_a_refused_limit_is_an_error_and_not_a_weaker_sandbox(tmp_path: Path) -> None:
    (version_1(tmp_path) / "memory" / "enclave" / "one" / "memory.limit_in_bytes").mkdir(parents=True)
    with pytest.raises(CgroupError, match="limit_in_bytes"):
        cgroup.create("enclave", "one", LIMITS, tmp_path)


def test_processes_that_survive_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cgroup.procs").write_text("4194304\n")
    monkeypatch.setattr(cgroup, "_kill", lambda _: None)
    with pytest.raises(CgroupError, match="survive"):
        cgroup.kill([tmp_path], patience_seconds=0.05)


def test_a_group_that_is_gone_is_killed_already(tmp_path: Path) -> None:
    assert cgroup.kill([tmp_path / "never"]) is None


def test_the_group_of_an_installation_goes_when_its_last_sandbox_is_gone(tmp_path: Path) -> None:
    memory, pids, cpu = cgroup.create("enclave", "one", LIMITS, version_1(tmp_path))
    for directory in (memory, pids):
        for file in directory.iterdir():
            file.unlink()
        directory.rmdir()
    cgroup.forget("enclave", tmp_path)
    assert not memory.parent.exists()
    assert cpu.exists()
    cgroup.forget("never made", tmp_path)
