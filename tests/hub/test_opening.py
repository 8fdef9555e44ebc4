from __future__ import annotations

import os
from pathlib import Path

import pytest

from hub import opening
from hub.access import SandboxGrant
from hub.door import Door, DoorOrder, Log
from hub.opening import NotStartedError
from hub.settings import Settings
from tests.hub.world import ROOT


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state_dir=tmp_path / "state", run_dir=tmp_path / "run", sandbox_env=ROOT / ".sandbox-env")


def grant(data: Path, number: int = 7) -> SandboxGrant:
    return SandboxGrant(
        id="ab" * 16, project_number=number, data_dir=str(data), token="very-secret",
        memory_bytes=2**30, processes=100, cpus=2.0,
    )  # fmt: skip


def order(settings: Settings, data: Path, number: int = 7) -> DoorOrder:
    return opening.order(settings, grant(data, number), "p-alice", "incomes", {"A": "b"})


def test_two_projects_never_share_a_user_nor_a_home(settings: Settings, tmp_path: Path) -> None:
    first, second = (
        order(settings, tmp_path, 7),
        opening.order(settings, grant(tmp_path, 8), "p-alice", "housing", {}),
    )
    homes = [next(mount for mount in made.plan.mounts if mount.writable).source for made in (first, second)]
    assert homes[0] != homes[1]
    if os.geteuid() == 0:
        users = {first.plan.uid, second.plan.uid, first.relay_plan.uid, second.relay_plan.uid}
        assert users == {200_007, 200_008, 300_007, 300_008}


@pytest.mark.parametrize("number", [0, -200_000, 100_000])
def test_a_number_that_would_be_another_user_is_refused(
    settings: Settings, tmp_path: Path, number: int
) -> None:
    with pytest.raises(NotStartedError, match="out of range"):
        order(settings, tmp_path, number)


def test_without_data_nothing_starts(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotStartedError, match="no data"):
        order(settings, tmp_path / "absent")


def test_the_api_token_is_not_part_of_the_sandbox(settings: Settings, tmp_path: Path) -> None:
    made = order(settings, tmp_path)
    assert "very-secret" in made.relay.model_dump_json()
    assert "very-secret" not in made.plan.model_dump_json()


def test_a_door_that_cannot_open_is_an_error_with_a_place_to_look(settings: Settings, tmp_path: Path) -> None:
    made = order(settings, tmp_path)
    missing = made.plan.model_copy(
        update={"mounts": (made.plan.mounts[0].model_copy(update={"source": tmp_path / "gone"}),)}
    )
    broken = made.model_copy(update={"directory": Path("/proc/no/such/place"), "plan": missing})
    with pytest.raises(NotStartedError, match="door-"):
        opening.open_door(broken)


def test_a_door_that_nobody_watches_closes(settings: Settings, tmp_path: Path) -> None:
    door = Door(order(settings, tmp_path).model_copy(update={"silence_seconds": 10.0}))
    assert not door._unwatched()
    door.began -= 11
    assert door._unwatched()
    settings.run.mkdir()
    (settings.run / "watch.alive").touch()
    assert not door._unwatched()


def test_a_sandbox_cannot_fill_the_disk_with_its_log(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as words, os.fdopen(writing, "wb", buffering=0) as sandbox:
        log = Log(tmp_path / "log", words)
        for _ in range(10):
            sandbox.write(b"x" * 65_536)
            assert log.take()
        assert (tmp_path / "log").stat().st_size == 256 * 1024
        sandbox.close()
        assert not log.take()


def test_a_door_closes_on_a_home_that_grew_too_large(settings: Settings, tmp_path: Path) -> None:
    made = order(settings.model_copy(update={"home_bytes": 1}), tmp_path)
    door = Door(made)
    assert not door._over()
    (made.home / "large").write_bytes(b"x" * (17 * 2**20))
    door.disk._next = 0.0
    assert door._over()


def test_nothing_starts_on_a_disk_that_is_full(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotStartedError, match="disk is full"):
        order(settings.model_copy(update={"reserve_bytes": 2**62}), tmp_path)
