"""What a project sees of the catalogue, and the read-only directory with what a person sees of that in their sandbox."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from sqlalchemy.orm import Session
from sqlglot import exp

from api.access.models import DatasetView, Grant, Project
from api.access.scope import is_for
from api.audit.chain import canonical
from api.catalogue.models import DatasetVersion
from api.catalogue.service import dataset_of, metadata_of
from api.errors import InvalidError, UnavailableError
from api.files import move_into_place, seal, sync_directory, write_aside
from api.settings import Settings
from output_checker.dataset import Dataset
from output_checker.errors import OutputCheckerError
from output_checker.expressions import Scope
from output_checker.policy import load_policy
from output_checker.text import Text

READ_ONLY_DIRECTORY = 0o555
HOUSE_LANGUAGE = "nl"
"""Language of what belongs to a project and not to a person."""


def check_view(version: DatasetVersion, columns: Sequence[str], row_filter: str | None) -> None:
    """Raise InvalidError unless the columns are registered and the row filter is an allow-listed condition."""
    if not columns:
        raise InvalidError("no_columns", Text("Kies kolommen.", "Choose columns."), field="columns")
    metadata = metadata_of(version)
    try:
        metadata.limited_to(tuple(columns))
    except OutputCheckerError as error:
        raise InvalidError("unknown_column", error.message, field="columns") from error
    if row_filter is not None:
        _check_condition(Scope(metadata), row_filter)


def _check_condition(scope: Scope, row_filter: str) -> None:
    try:
        tree = scope.parse(row_filter, "row_filter")
    except OutputCheckerError as error:
        raise InvalidError(error.code, error.message, field="row_filter", remedy=error.remedy) from error
    # The engine would take any number for a condition, so that "age" would silently mean "age <> 0".
    if not isinstance(tree.unnest(), exp.Predicate | exp.Connector | exp.Not):
        raise InvalidError(
            "no_condition",
            Text("Dit is geen voorwaarde.", "This is not a condition."),
            field="row_filter",
            remedy=Text(
                "Schrijf een vergelijking, zoals age >= 18.", "Write a comparison, such as age >= 18."
            ),
        )


def views_of(project: Project) -> dict[str, DatasetView]:
    """Return the views in force by name of dataset: where two versions were approved, the newest.

    It is for what the service computes itself; a person may see less of it (`seen_under`).
    """
    in_order = sorted(project.views, key=lambda view: view.dataset_version.version)
    return {view.dataset_version.dataset.name: view for view in in_order}


def seen_under(grant: Grant) -> dict[str, DatasetView]:
    """Return the views in force that a person sees under `grant`, by name of dataset."""
    return {name: view for name, view in views_of(grant.project).items() if is_for(grant, name)}


def place_of(settings: Settings, project: Project) -> Path:
    """Return where all that a project ever saw was laid out, whether or not it is there."""
    return settings.directory("views") / project.slug


def mount_directory(settings: Settings, grant: Grant) -> Path:
    """Return the directory for what a person sees under `grant` now; its name is a digest of its content.

    Who sees the same in a project has the same directory, and nobody has one that shows more than they see.
    """
    content = {
        "documents": _documents(grant),
        "views": {
            name: [view.dataset_version.sha256, view.row_filter] for name, view in seen_under(grant).items()
        },
    }
    digest = hashlib.sha256(canonical(content).encode()).hexdigest()
    return place_of(settings, grant.project) / digest[:32]


def materialise(settings: Settings, session: Session, grant: Grant) -> Path:
    """Make the directory that a sandbox under `grant` mounts, when it is not there yet, and return it.

    It holds per dataset the visible rows and columns (`<dataset>.parquet`) and their metadata (`<dataset>.json`),
    `policy.json` and `project.json`, all read-only. It appears at once or not at all, also when two processes make it.
    Raises UnavailableError when registered microdata are gone or altered.
    """
    # Approved a moment ago in another session: the project may have been read before that.
    session.refresh(grant.project, ["views"])
    target = mount_directory(settings, grant)
    if not target.is_dir():
        target.parent.mkdir(exist_ok=True, mode=0o700)
        aside = target.parent / f".{uuid.uuid4().hex}"
        aside.mkdir()
        try:
            _fill(settings, grant, aside)
            _publish(aside, target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return target


def _fill(settings: Settings, grant: Grant, directory: Path) -> None:
    for name, view in seen_under(grant).items():
        _write_rows(_proven(settings, view), directory / f"{name}.parquet")
    for name, document in _documents(grant).items():
        text = json.dumps(document, ensure_ascii=False, indent=1)
        move_into_place(write_aside(directory, [text.encode()]), directory / name)


def _proven(settings: Settings, view: DatasetView) -> Dataset:
    try:
        return dataset_of(settings, view.dataset_version, view)
    except OutputCheckerError as error:
        raise UnavailableError(error.code, error.message, field=error.field, remedy=error.remedy) from error


def _publish(aside: Path, target: Path) -> None:
    aside.chmod(READ_ONLY_DIRECTORY)
    try:
        aside.rename(target)
    except OSError:
        # Another process was first: its directory has the same content, because it has the same name.
        if not target.is_dir():
            raise
        aside.chmod(0o700)
    sync_directory(target.parent)


def _documents(grant: Grant) -> dict[str, Mapping[str, Any]]:
    project = grant.project
    documents: dict[str, Mapping[str, Any]] = {
        "policy.json": load_policy(project.policy).model_dump(mode="json"),
        "project.json": {
            "slug": project.slug,
            "title": {"nl": project.title_nl, "en": project.title_en},
            "language": HOUSE_LANGUAGE,
            "centre": project.centre.slug,
        },
    }
    for name, view in seen_under(grant).items():
        visible = metadata_of(view.dataset_version).limited_to(tuple(view.columns))
        documents[f"{name}.json"] = visible.model_dump(mode="json")
    return documents


def _write_rows(dataset: Dataset, path: Path) -> None:
    scope = Scope(dataset.metadata)
    condition = scope.render(scope.parse(dataset.row_filter, "row_filter")) if dataset.row_filter else "TRUE"
    columns = ", ".join(f'"{variable.name}"' for variable in dataset.visible.variables)
    # Names match a strict pattern and the condition was rendered from an allow-list: nothing here is anybody's text.
    rows = f"SELECT {columns} FROM read_parquet({_quoted(dataset.path)}) WHERE {condition}"  # noqa: S608
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"COPY ({rows}) TO {_quoted(path)} (FORMAT parquet, COMPRESSION zstd)")
    seal(path)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
