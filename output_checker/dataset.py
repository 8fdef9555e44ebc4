"""A registered Parquet file, seen through the view that a project was given."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from output_checker.errors import DatasetError
from output_checker.metadata import DatasetMetadata
from output_checker.text import Text


@dataclass(frozen=True)
class OwnColumn:
    """A column that a researcher made: the file with its values, the key of the unit they are of, and DuckDB's type.

    Without ``path`` the column is known by name and type only, and no unit has a value.
    """

    name: str
    path: Path | None
    key: str
    sql_type: str
    sha256: str


@dataclass(frozen=True)
class Dataset:
    """Microdata with its metadata; ``columns`` and ``row_filter`` narrow it to what a project may see.

    ``row_filter`` is an SQL scalar expression over all registered columns, written by a data steward. ``supplied`` are
    files with values of own variables, by digest; ``own`` those that are columns of this dataset.
    """

    metadata: DatasetMetadata
    path: Path
    columns: tuple[str, ...] | None = None
    row_filter: str | None = None
    supplied: Mapping[str, Path] = field(default_factory=dict)
    own: tuple[OwnColumn, ...] = ()

    @cached_property
    def visible(self) -> DatasetMetadata:
        """The metadata of the view."""
        return self.metadata.limited_to(self.columns)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the registered file: the registered one, or computed when there is no registration.

        Raises:
            DatasetError: the file cannot be read.
        """
        return self.metadata.sha256 or file_digest(self.path)


def file_digest(path: Path) -> str:
    """SHA-256 of a file in hexadecimal.

    Raises:
        DatasetError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        message = Text(nl="Dit microdatabestand is niet te lezen.", en="This microdata file cannot be read.")
        raise DatasetError(message, field=path.name) from None
