"""Registering microdata: immutable, called by its content, its metadata verified against what is really in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.access.models import DatasetView
from api.audit.service import Actor, record
from api.catalogue.models import Dataset, DatasetVersion
from api.catalogue.permissions import check_user_can_register
from api.errors import ConflictError, InvalidError
from api.files import move_into_place, write_aside
from api.people.models import Person
from api.settings import Settings
from output_checker import dataset as microdata
from output_checker.errors import DatasetError, OutputCheckerError
from output_checker.metadata import DatasetMetadata
from output_checker.registration import verify_metadata
from output_checker.text import Text

CHUNK = 1 << 20
RESERVED = frozenset({"policy", "project"})
"""Names of other files in what a sandbox mounts."""

DAMAGED = Text(
    "De geregistreerde microdata zijn niet meer wat ze waren; daarom wordt er niets mee berekend.",
    "The registered microdata are no longer what they were; therefore nothing is computed with them.",
)
_TELL_STEWARD = Text("De databeheerder moet dit herstellen.", "The data steward has to repair this.")


def register_dataset(
    session: Session, actor: Actor, settings: Settings, metadata: DatasetMetadata, path: Path
) -> DatasetVersion:
    """Register the Parquet file at `path` as a version of the dataset that `metadata` names, and return it.

    The same content with the same metadata again is the same version. `metadata` must hold for the file (keys, code
    lists, bounds): that is verified on our own copy. Raises NotAllowedError, InvalidError (what does not hold) or
    ConflictError (this version name is taken by other content).
    """
    steward = check_user_can_register(actor)
    _check_name(metadata.name)
    aside = _copy_aside(settings, path)
    try:
        registered = _verified(metadata, aside)
        version, is_new = _version(session, steward, registered)
        move_into_place(aside, data_file(settings, version))
    finally:
        aside.unlink(missing_ok=True)
    if is_new:
        subject = f"dataset:{registered.name}:{version.version}"
        record(
            session, actor, "dataset.register", subject, "steward", sha256=version.sha256, rows=version.rows
        )
    return version


def data_file(settings: Settings, version: DatasetVersion) -> Path:
    """Return where the Parquet file of a version is kept."""
    return settings.directory("data") / f"{version.sha256}.parquet"


def metadata_of(version: DatasetVersion) -> DatasetMetadata:
    """Return the registered metadata of a version."""
    return DatasetMetadata.parse(version.document)


def dataset_of(settings: Settings, version: DatasetVersion, view: DatasetView) -> microdata.Dataset:
    """Return the registered file as a project sees it through `view`, proven to be what was registered.

    The whole file is read for its hash each time: size and date can be put back by whoever changed the content.
    Raises output_checker's DatasetError when the file is gone or altered.
    """
    dataset = as_registered(settings, version, view)
    prove(dataset, version.sha256)
    return dataset


def as_registered(settings: Settings, version: DatasetVersion, view: DatasetView) -> microdata.Dataset:
    """Return the registered file as a project sees it through `view`; to be proven before anything is computed."""
    return microdata.Dataset(
        metadata_of(version), data_file(settings, version), tuple(view.columns), view.row_filter
    )


def prove(dataset: microdata.Dataset, sha256: str) -> None:
    """Raise output_checker's DatasetError unless the file of `dataset` has the content that was registered."""
    _check_content(dataset, microdata.file_digest(dataset.path), sha256)


def prove_unchanged(dataset: microdata.Dataset, sha256: str) -> None:
    """Do as `prove`, but read a file again only when it is another one or was written to since.

    Not to be relied on for a result: it is for refusing early. The kernel's own moment of change, which nobody can put
    back, is looked at too; what a failing disk alters by itself is seen only by reading.
    """
    try:
        state = dataset.path.stat()
    except OSError:
        found = microdata.file_digest(dataset.path)
    else:
        marks = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        found = _digest_then(dataset.path, marks)
    _check_content(dataset, found, sha256)


@lru_cache(maxsize=1024)
def _digest_then(path: Path, _marks: tuple[int, ...]) -> str:
    """What was found in a file once; the same marks say that it was not written to since."""
    return microdata.file_digest(path)


def _check_content(dataset: microdata.Dataset, found: str, sha256: str) -> None:
    if found != sha256:
        raise DatasetError(DAMAGED, field=dataset.metadata.name, remedy=_TELL_STEWARD)


def _check_name(name: str) -> None:
    if name.casefold() in RESERVED:
        raise InvalidError(
            "reserved_name",
            Text(f"Een dataset kan niet {name} heten.", f"A dataset cannot be called {name}."),
            field="name",
            remedy=Text("Kies een andere naam.", "Choose another name."),
        )


def _copy_aside(settings: Settings, path: Path) -> Path:
    try:
        with path.open("rb") as file:
            return write_aside(settings.directory("data"), _chunks(file))
    except FileNotFoundError:
        raise InvalidError(
            "no_file", Text("Dit bestand is er niet.", "There is no such file."), field="path"
        ) from None


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _verified(metadata: DatasetMetadata, copy: Path) -> DatasetMetadata:
    try:
        return verify_metadata(metadata, copy)
    except OutputCheckerError as error:
        raise InvalidError(error.code, error.message, field=error.field, remedy=error.remedy) from error


def _version(session: Session, steward: Person, metadata: DatasetMetadata) -> tuple[DatasetVersion, bool]:
    dataset = session.scalar(select(Dataset).where(Dataset.name == metadata.name)) or Dataset(
        name=metadata.name
    )
    document = metadata.model_dump(mode="json")
    for version in dataset.versions:
        if version.document == document:
            return version, False
        if version.document["version"] == metadata.version:
            raise _version_taken(metadata.version)
    version = DatasetVersion(
        dataset=dataset,
        version=1 + max((version.version for version in dataset.versions), default=0),
        sha256=document["sha256"],
        rows=document["rows"],
        document=document,
        registered_by_id=steward.id,
    )
    session.add(version)
    session.flush()
    return version, True


def _version_taken(version: str) -> ConflictError:
    return ConflictError(
        "version_taken",
        Text(
            f"Versie {version} is al geregistreerd, met andere inhoud.",
            f"Version {version} is registered already, with other content.",
        ),
        field="version",
        remedy=Text("Geef deze inhoud een nieuwe versie.", "Give this content a new version."),
    )
