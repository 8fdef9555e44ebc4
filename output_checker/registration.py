"""Registration: the microdata is held against its metadata. Declared keys, codes and bounds are verified, not believed."""

from pathlib import Path

from output_checker.dataset import file_digest
from output_checker.engine import SOURCE, Engine
from output_checker.errors import MetadataError
from output_checker.expressions import Scope
from output_checker.metadata import DatasetMetadata, Span, Unit, Variable
from output_checker.text import Text

_PHYSICAL = {
    "integer": ("INT",),
    "number": ("INT", "DOUBLE", "FLOAT", "DECIMAL"),
    "category": ("VARCHAR", "ENUM"),
    "text-key": ("VARCHAR", "ENUM"),
    "boolean": ("BOOLEAN",),
}
"""DuckDB's types by the type of a variable."""


def verify_metadata(metadata: DatasetMetadata, path: Path) -> DatasetMetadata:
    """The metadata with the number of rows and the digest of the file, when the file obeys it.

    Raises:
        MetadataError: the first fault, naming its column.
        DatasetError: the file is missing or is no Parquet file.
    """
    if found := faults(metadata, path):
        raise found[0]
    with Engine(path) as engine:
        rows = engine.rows(f"SELECT count(*) FROM {SOURCE}")[0][0]  # noqa: S608
    return metadata.model_copy(update={"rows": rows, "sha256": metadata.sha256 or file_digest(path)})


def faults(metadata: DatasetMetadata, path: Path) -> list[MetadataError]:
    """Everything in which a file differs from its metadata, one error per column or unit.

    Raises:
        DatasetError: the file is missing or is no Parquet file.
    """
    with Engine(path) as engine:
        found = [_variable_fault(variable, engine) for variable in metadata.variables]
        if not any(found):
            found = [_unit_fault(name, unit, engine) for name, unit in metadata.units.items()]
            found.append(_rows_fault(metadata, engine))
            found.append(_zeros_fault(metadata, engine))
    found.append(_content_fault(metadata, path))
    return [fault for fault in found if fault]


def _variable_fault(variable: Variable, engine: Engine) -> MetadataError | None:
    physical = engine.type_of(f'"{variable.name}"')
    if physical is None:
        return _fault(
            variable.name, "Deze kolom staat niet in het bestand.", "This column is not in the file."
        )
    if not any(word in physical for word in _PHYSICAL[variable.type]):
        return _fault(
            variable.name,
            f"Deze kolom is {physical}, niet {variable.type}.",
            f"This column is {physical}, not {variable.type}.",
        )
    return _codes_fault(variable, engine) or _bounds_fault(variable, engine)


def _codes_fault(variable: Variable, engine: Engine) -> MetadataError | None:
    if not variable.codes:
        return None
    name, missing = f'"{variable.name}"', [str(code) for code in variable.missing_codes]
    sql = (
        f"SELECT count(*) FROM (SELECT DISTINCT CAST({name} AS VARCHAR) AS code FROM {SOURCE}) "  # noqa: S608
        "WHERE NOT list_contains(?, code)"
    )
    outside = engine.rows(sql, [[*variable.codes, *missing]])[0][0]
    if not outside:
        return None
    return _fault(
        variable.name,
        f"Deze kolom heeft {outside} verschillende waarden buiten de codelijst.",
        f"This column has {outside} distinct values outside its code list.",
    )


def _bounds_fault(variable: Variable, engine: Engine) -> MetadataError | None:
    """Bounds are public, so a value beyond them would be an unpublished extreme; so would "not a number"."""
    if not variable.numeric or variable.role == "identifier":
        return None
    name = f'CAST("{variable.name}" AS DOUBLE)'
    low, high = variable.bounds or (float("-inf"), float("inf"))
    sql = (
        f"SELECT count(*) FROM {SOURCE} WHERE NOT list_contains(?, {name}) "  # noqa: S608
        f"AND NOT (isfinite({name}) AND {name} BETWEEN ? AND ?)"
    )
    outside = engine.rows(sql, [[float(code) for code in variable.missing_codes], float(low), float(high)])[
        0
    ][0]
    if not outside:
        return None
    return _fault(
        variable.name,
        f"{outside} waarden in deze kolom vallen buiten de openbare grenzen.",
        f"{outside} values in this column are outside the public bounds.",
    )


def _unit_fault(name: str, unit: Unit, engine: Engine) -> MetadataError | None:
    sql = f'SELECT count(*), count("{unit.key}"), count(DISTINCT "{unit.key}") FROM {SOURCE}'  # noqa: S608
    rows, present, distinct = engine.rows(sql)[0]
    place = f"units.{name}"
    if present < rows:
        return _fault(
            place,
            f"{rows - present} rijen hebben geen {unit.key}.",
            f"{rows - present} rows have no {unit.key}.",
        )
    if unit.one_row_per_unit and distinct < rows:
        return _fault(
            place,
            f"{unit.key} komt in {rows} rijen {distinct} keer verschillend voor: niet één rij per eenheid.",
            f"{unit.key} has {distinct} distinct values in {rows} rows: not one row per unit.",
        )
    return _most_rows_fault(place, unit, engine)


def _most_rows_fault(place: str, unit: Unit, engine: Engine) -> MetadataError | None:
    if unit.most_rows is None:
        return None
    sql = f'SELECT count(*) FROM (SELECT 1 FROM {SOURCE} GROUP BY "{unit.key}" HAVING count(*) > ?)'  # noqa: S608
    above = engine.rows(sql, [unit.most_rows])[0][0]
    if not above:
        return None
    return _fault(
        place,
        f"{above} eenheden hebben meer dan {unit.most_rows} rijen.",
        f"{above} units have more than {unit.most_rows} rows.",
    )


def _zeros_fault(metadata: DatasetMetadata, engine: Engine) -> MetadataError | None:
    """A combination that somebody has is no structural zero: it would switch rules off."""
    scope = Scope(metadata)
    for place, zero in enumerate(metadata.structural_zeros):
        rendered = {name: scope.render(scope.variable(name, "zero")) for name in zero}
        conditions = [_is_within(rendered[name], one) for name, one in zero.items()]
        sql = f"SELECT count(*) FROM {SOURCE} WHERE {' AND '.join(conditions)}"  # noqa: S608
        codes = [list(one) for one in zero.values() if not isinstance(one, Span)]
        if somebody := engine.rows(sql, codes)[0][0]:
            return _fault(
                f"structural_zeros[{place}]",
                f"{somebody} rijen hebben deze combinatie toch.",
                f"{somebody} rows have this combination all the same.",
            )
    return None


def _is_within(sql: str, zero: tuple[str, ...] | Span) -> str:
    if isinstance(zero, Span):
        return f"({sql}) >= {float(zero.low)!r} AND ({sql}) < {float(zero.high)!r}"
    return f"list_contains(?, CAST({sql} AS VARCHAR))"


def _rows_fault(metadata: DatasetMetadata, engine: Engine) -> MetadataError | None:
    rows = engine.rows(f"SELECT count(*) FROM {SOURCE}")[0][0]  # noqa: S608
    if metadata.rows in (None, rows):
        return None
    return _fault(
        "rows",
        f"Het bestand heeft {rows} rijen, niet {metadata.rows}.",
        f"The file has {rows} rows, not {metadata.rows}.",
    )


def _content_fault(metadata: DatasetMetadata, path: Path) -> MetadataError | None:
    if metadata.sha256 in (None, file_digest(path)):
        return None
    return _fault(
        "sha256",
        "De inhoud van het bestand is niet wat de metadata zegt.",
        "The content of the file is not what the metadata says.",
    )


def _fault(field: str, dutch: str, english: str) -> MetadataError:
    return MetadataError(Text(nl=dutch, en=english), field=field)
