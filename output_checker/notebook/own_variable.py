"""A variable that was made in pandas, brought back as values per unit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from output_checker.dataset import file_digest
from output_checker.documents import refused
from output_checker.engine import DEFAULT_LIMITS
from output_checker.errors import QueryError
from output_checker.notebook.microdata import Microdata
from output_checker.notebook.workplace import spoken, workplace
from output_checker.own.columns import extended, key_of
from output_checker.own.form import KEY, VALUE
from output_checker.own.variable import OwnVariable
from output_checker.text import Text

if TYPE_CHECKING:
    import pandas as pd


@spoken
def own_variable(
    people: Microdata,
    values: pd.Series[Any] | pd.DataFrame,
    name: str,
    code: str,
    label: str | None = None,
    codes: Mapping[str, str] | None = None,
    bounds: tuple[float, float] | None = None,
    unit: str | None = None,
) -> Microdata:
    """The microdata with a variable of your own; people will judge everything that uses it.

    ``values`` is a Series whose index is the key of the unit, or a frame with that key and a column ``name``. ``code``
    is the text of the program that made it. Categories need ``codes`` with their words; numbers may have ``bounds``.

    Raises:
        QueryError: a unit is unknown or has two values, or a value is outside the codes or bounds.
    """
    own, path = _described(_keyed(values, name, key_of(unit, people.metadata)), name, code, label)
    told = own | {"codes": {each: _words(words) for each, words in (codes or {}).items()}}
    variable = _variable(name, told | {"bounds": bounds, "unit": unit})
    supplied = replace(people.dataset, supplied={**people.dataset.supplied, variable.sha256: path})
    dataset = extended(supplied, {name: variable}, DEFAULT_LIMITS)
    return replace(people, dataset=dataset, own=(*people.own, (name, variable)))


def _keyed(values: Any, name: str, key: str) -> pd.Series[Any]:
    """The values by key, whichever way they came."""
    found: pd.Series[Any] = values
    if values.ndim > 1:
        for column in (key, name):
            if column not in values:
                message = Text(nl=f"De kolom {column} ontbreekt.", en=f"The column {column} is missing.")
                raise QueryError(message, field=f"own.{name}")
        found = values.set_index(key)[name]
    return found


def _described(
    series: pd.Series[Any], name: str, code: str, label: str | None
) -> tuple[dict[str, Any], Path]:
    """The values as a file called by its content, and what a query says of them."""
    import pandas

    kinds = {"b": "boolean", "i": "integer", "u": "integer", "f": "number"}
    kind = kinds.get(getattr(series.dtype, "kind", "O"), "category")
    column = series.astype("string") if kind == "category" else series
    frame = pandas.DataFrame({KEY: series.index.to_numpy(), VALUE: column.to_numpy()})
    directory = workplace().own_dir
    directory.mkdir(parents=True, exist_ok=True)
    aside = directory / f".{uuid.uuid4().hex}"
    frame.to_parquet(aside, index=False)
    digest = file_digest(aside)
    path = aside.rename(directory / f"{digest}.parquet")
    return {"type": kind, "label": _words(label or name), "code": code, "sha256": digest}, path


def _words(words: str) -> dict[str, str]:
    return {"nl": words, "en": words}


def _variable(name: str, document: dict[str, Any]) -> OwnVariable:
    try:
        return OwnVariable.model_validate(document)
    except ValidationError as invalid:
        raise refused(QueryError, invalid, ("own", name)) from None
