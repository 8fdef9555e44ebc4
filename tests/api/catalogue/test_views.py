"""What a project sees: checked when it is approved, and made into a directory that nobody can half see or change."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy.orm import Session

from api.access.models import DatasetView, Grant
from api.catalogue import views
from api.catalogue.models import DatasetVersion
from api.catalogue.service import data_file, register_dataset
from api.catalogue.views import check_view, materialise, mount_directory, views_of
from api.errors import InvalidError, UnavailableError
from api.people.models import Role
from api.settings import Settings
from output_checker.metadata import DatasetMetadata
from output_checker.policy import Policy
from tests.api.factories import World, acting, make_grant
from tests.api.flow import people_metadata, write_people


@pytest.fixture
def version(session: Session, settings: Settings, world: World, people: Path) -> DatasetVersion:
    return register_dataset(session, acting(world.steward, Role.STEWARD), settings, people_metadata(), people)


def approve(
    session: Session, world: World, version: DatasetVersion, columns: list[str], row_filter: str | None = None
) -> DatasetView:
    view = DatasetView(
        project=world.project,
        dataset_version=version,
        columns=columns,
        row_filter=row_filter,
        approved_by_id=world.steward.id,
    )
    session.add(view)
    session.flush()
    return view


@pytest.mark.parametrize(
    "row_filter", [None, "income > 12000", "NOT sex = 'F'", "(sex = 'F' AND income < 1)"]
)
def test_conditions_over_registered_columns_are_fine(version: DatasetVersion, row_filter: str | None) -> None:
    check_view(version, ["sex", "income"], row_filter)


@pytest.mark.parametrize(
    ("columns", "row_filter", "field"),
    [
        ([], None, "columns"),
        (["sex", "nowhere"], None, "columns"),
        (["sex"], "nowhere = 1", "row_filter"),
        (["sex"], "income", "row_filter"),
        (["sex"], "income + 1", "row_filter"),
        (["sex"], "sex = 'anything'", "row_filter"),
        (["sex"], "person = 7", "row_filter"),
        (["sex"], "income > (SELECT max(income) FROM read_csv('/etc/passwd'))", "row_filter"),
        (["sex"], "1=1; DROP TABLE microdata", "row_filter"),
        (["sex"], "", "row_filter"),
    ],
)
def test_what_is_no_condition_over_registered_columns_is_refused(
    version: DatasetVersion, columns: list[str], row_filter: str | None, field: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        check_view(version, columns, row_filter)
    assert refused.value.field == field
    assert refused.value.message.nl != refused.value.message.en


def test_the_directory_holds_visible_rows_and_columns_only(
    session: Session, settings: Settings, world: World, version: DatasetVersion
) -> None:
    approve(session, world, version, ["sex", "income"], "income < 20000")
    directory = materialise(settings, session, world.grant)
    assert sorted(path.name for path in directory.iterdir()) == [
        "people.json",
        "people.parquet",
        "policy.json",
        "project.json",
    ]
    shown = pq.read_table(directory / "people.parquet")
    assert shown.column_names == ["person", "sex", "income"]
    incomes = pq.read_table(data_file(settings, version))["income"].to_numpy()
    assert shown["income"].to_numpy().tolist() == incomes[incomes < 20_000].tolist()
    metadata = DatasetMetadata.load(directory / "people.json")
    assert list(metadata.columns) == ["person", "sex", "income"]
    assert Policy.load(directory / "policy.json").name == "essnet"
    project = json.loads((directory / "project.json").read_text())
    assert project == {
        "slug": "minimum-incomes",
        "title": {"nl": "Minimuminkomens per buurt", "en": "Minimum incomes per neighbourhood"},
        "language": "nl",
        "centre": "heerlen",
    }


def test_the_directory_is_read_only_and_named_by_its_content(
    session: Session, settings: Settings, world: World, version: DatasetVersion
) -> None:
    view = approve(session, world, version, ["sex"])
    directory = materialise(settings, session, world.grant)
    assert directory.stat().st_mode & 0o777 == 0o555
    assert {path.stat().st_mode & 0o777 for path in directory.iterdir()} == {0o444}
    inodes = {path.name: path.stat().st_ino for path in directory.iterdir()}
    assert materialise(settings, session, world.grant) == directory == mount_directory(settings, world.grant)
    assert {path.name: path.stat().st_ino for path in directory.iterdir()} == inodes
    view.row_filter = "sex = 'F'"
    session.flush()
    assert materialise(settings, session, world.grant) != directory
    assert not [path for path in directory.parent.iterdir() if path.name.startswith(".")]


def test_the_newest_approved_version_counts(
    session: Session, settings: Settings, world: World, version: DatasetVersion, tmp_path: Path
) -> None:
    steward = acting(world.steward, Role.STEWARD)
    other = write_people(tmp_path / "other.parquet", 50, seed=3)
    newer = register_dataset(session, steward, settings, people_metadata("2"), other)
    approve(session, world, newer, ["sex"])
    approve(session, world, version, ["sex"])
    assert views_of(world.project)["people"].dataset_version is newer
    shown = pq.read_table(materialise(settings, session, world.grant) / "people.parquet")
    assert shown.num_rows == 50


def test_a_project_without_views_mounts_no_data(session: Session, settings: Settings, world: World) -> None:
    grant = make_grant(session, project=world.foreign_project)
    directory = materialise(settings, session, grant)
    assert sorted(path.name for path in directory.iterdir()) == ["policy.json", "project.json"]


def test_altered_microdata_are_not_shown(
    session: Session, settings: Settings, world: World, version: DatasetVersion
) -> None:
    approve(session, world, version, ["sex"])
    data_file(settings, version).unlink()
    with pytest.raises(UnavailableError):
        materialise(settings, session, world.grant)
    assert not list((settings.directory("views") / world.project.slug).iterdir())


def test_two_processes_that_make_it_at_once_agree(
    session: Session,
    settings: Settings,
    world: World,
    version: DatasetVersion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    approve(session, world, version, ["sex"])
    fill, entered = views._fill, []

    def fill_twice(settings: Settings, grant: Grant, directory: Path) -> None:
        fill(settings, grant, directory)
        if not entered:
            entered.append(directory)
            materialise(settings, session, grant)

    monkeypatch.setattr(views, "_fill", fill_twice)
    directory = materialise(settings, session, world.grant)
    assert list(directory.parent.iterdir()) == [directory]
    assert pq.read_table(directory / "people.parquet").num_rows == version.rows


def test_a_directory_that_cannot_be_made_is_no_success(
    session: Session, settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OSError, match="No space left"):
        materialise(settings, session, world.grant)
    assert not mount_directory(settings, world.grant).exists()
