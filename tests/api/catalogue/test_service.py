"""Registering microdata: by stewards, once, as it is, and never to be changed without notice."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import DatasetView
from api.audit.models import AuditRecord
from api.audit.service import SYSTEM
from api.catalogue.models import DatasetVersion
from api.catalogue.permissions import user_can_register
from api.catalogue.service import data_file, dataset_of, register_dataset
from api.errors import ConflictError, InvalidError, NotAllowedError
from api.people.models import Role
from api.settings import Settings
from output_checker.errors import DatasetError
from tests.api.factories import World, acting
from tests.api.flow import PERSONS, people_metadata, write_people


def register(
    session: Session, settings: Settings, world: World, path: Path, version: str = "1"
) -> DatasetVersion:
    steward = acting(world.steward, Role.STEWARD)
    return register_dataset(session, steward, settings, people_metadata(version), path)


def test_a_registered_file_is_kept_read_only_under_its_hash(
    session: Session, settings: Settings, world: World, people: Path
) -> None:
    version = register(session, settings, world, people)
    kept = data_file(settings, version)
    assert kept.read_bytes() == people.read_bytes()
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == version.sha256 == version.document["sha256"]
    assert kept.stat().st_mode & 0o777 == 0o444
    assert (version.version, version.rows) == (1, PERSONS)
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


@pytest.mark.parametrize("name", ["policy", "project", "Policy"])
def test_a_dataset_never_takes_the_place_of_the_policy_in_a_sandbox(
    session: Session, settings: Settings, world: World, people: Path, name: str
) -> None:
    metadata = people_metadata().model_copy(update={"name": name})
    with pytest.raises(InvalidError) as refused:
        register_dataset(session, acting(world.steward, Role.STEWARD), settings, metadata, people)
    assert (refused.value.code, refused.value.field) == ("reserved_name", "name")


def test_registration_is_in_the_audit(
    session: Session, settings: Settings, world: World, people: Path
) -> None:
    version = register(session, settings, world, people)
    told = session.scalars(select(AuditRecord).where(AuditRecord.action == "dataset.register")).one()
    assert (told.actor, told.subject) == ("steward", "dataset:people:1")
    assert json.loads(told.document)["details"] == {"sha256": version.sha256, "rows": PERSONS}


def test_the_same_content_again_is_the_same_version(
    session: Session, settings: Settings, world: World, people: Path
) -> None:
    first = register(session, settings, world, people)
    assert register(session, settings, world, people) is first
    told = session.scalars(select(AuditRecord).where(AuditRecord.action == "dataset.register")).all()
    assert len(told) == 1


def test_other_content_is_a_new_version_and_needs_a_new_name(
    session: Session, settings: Settings, world: World, people: Path, tmp_path: Path
) -> None:
    register(session, settings, world, people)
    other = write_people(tmp_path / "other.parquet", seed=2)
    with pytest.raises(ConflictError) as refused:
        register(session, settings, world, other)
    assert refused.value.field == "version"
    assert register(session, settings, world, other, version="2").version == 2


@pytest.mark.parametrize("role", [Role.RESEARCHER, Role.CHECKER, Role.ADMINISTRATOR])
def test_only_a_steward_registers(
    session: Session, settings: Settings, world: World, people: Path, role: Role
) -> None:
    actor = acting(getattr(world, role.value), Role.STEWARD)
    with pytest.raises(NotAllowedError):
        register_dataset(session, actor, settings, people_metadata(), people)
    assert not list(settings.directory("data").iterdir())


def test_the_service_itself_does_not_register() -> None:
    assert not user_can_register(SYSTEM)


def test_metadata_that_does_not_hold_is_refused_and_nothing_is_kept(
    session: Session, settings: Settings, world: World, tmp_path: Path
) -> None:
    odd = write_people(tmp_path / "odd.parquet")
    metadata = people_metadata().model_copy(update={"rows": PERSONS + 1})
    with pytest.raises(InvalidError) as refused:
        register_dataset(session, acting(world.steward, Role.STEWARD), settings, metadata, odd)
    assert refused.value.message.nl
    assert not list(settings.directory("data").iterdir())


@pytest.mark.parametrize("content", [b"", b"PAR1 not really", b"\x00" * 4096])
def test_what_is_no_parquet_is_refused(
    session: Session, settings: Settings, world: World, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "odd.parquet"
    path.write_bytes(content)
    with pytest.raises(InvalidError):
        register(session, settings, world, path)


def test_a_file_that_is_not_there_is_refused(
    session: Session, settings: Settings, world: World, tmp_path: Path
) -> None:
    with pytest.raises(InvalidError) as refused:
        register(session, settings, world, tmp_path / "absent.parquet")
    assert refused.value.field == "path"


def test_an_altered_or_lost_file_is_never_used(
    session: Session, settings: Settings, world: World, people: Path
) -> None:
    version = register(session, settings, world, people)
    view = DatasetView(dataset_version=version, columns=["sex"], row_filter=None)
    assert dataset_of(settings, version, view).visible.columns.keys() == {"person", "sex"}
    kept = data_file(settings, version)
    kept.chmod(0o644)
    content, before = kept.read_bytes(), kept.stat()
    kept.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert kept.stat().st_size == before.st_size
    with pytest.raises(DatasetError, match="no longer what they were"):
        dataset_of(settings, version, view)
    kept.unlink()
    with pytest.raises(DatasetError):
        dataset_of(settings, version, view)


def test_registering_again_repairs_an_altered_file(
    session: Session, settings: Settings, world: World, people: Path
) -> None:
    version = register(session, settings, world, people)
    data_file(settings, version).unlink()
    assert register(session, settings, world, people) is version
    assert data_file(settings, version).read_bytes() == people.read_bytes()
