"""A variable that was made in pandas, brought back as values per unit."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from textwrap import dedent
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
    code: str | Callable[..., Any],
    label: str | None = None,
    codes: Mapping[str, str] | None = None,
    bounds: tuple[float, float] | None = None,
    unit: str | None = None,
) -> Microdata:
    """The microdata with a variable of your own; people will judge everything that uses it.

    ``values`` is a Series whose index is the key of the unit, called so, or a frame with that key and a column
    ``name``. ``code`` is the text of the program that made it, or the function itself. Categories need ``codes`` with
    their words; numbers may have ``bounds``. Nothing leaves before you submit: then values and code go with it.

    Raises:
        QueryError: the values have no key, a unit is unknown or has two values, a value is outside the codes or
            bounds, or the code cannot be found.
    """
    series = _keyed(values, name, key_of(unit, people.metadata))
    own, path = _described(series, name, code if isinstance(code, str) else _source_of(code, name), label)
    told = own | {"codes": {each: _words(words) for each, words in (codes or {}).items()}}
    variable = _variable(name, told | {"bounds": bounds, "unit": unit})
    supplied = replace(people.dataset, supplied={**people.dataset.supplied, variable.sha256: path})
    dataset = extended(supplied, {name: variable}, DEFAULT_LIMITS)
    return replace(people, dataset=dataset, own=(*people.own, (name, variable)))


def _keyed(values: Any, name: str, key: str) -> pd.Series[Any]:
    """The values by key, whichever way they came; nothing is guessed from the order of rows."""
    found: pd.Series[Any] = values
    if values.ndim > 1:
        for column in (key, name):
            if column not in values:
                message = Text(nl=f"De kolom {column} ontbreekt.", en=f"The column {column} is missing.")
                raise QueryError(message, field=f"own.{name}")
        found = values.set_index(key)[name]
    if found.index.name != key:
        raise QueryError(
            Text(nl=f"De index van de waarden is niet {key}.", en=f"The index of the values is not {key}."),
            field=f"own.{name}",
            remedy=Text(
                nl=f"Geef een DataFrame met de kolommen {key} en {name}, of gebruik set_index({key!r}).",
                en=f"Give a DataFrame with the columns {key} and {name}, or use set_index({key!r}).",
            ),
        )
    twice = int(found.index.duplicated().sum())
    if twice:
        raise QueryError(
            Text(
                nl=f"{twice} waarden zijn van een eenheid die er al een heeft.",
                en=f"{twice} values are of a unit that has one already.",
            ),
            field=f"own.{name}",
            remedy=Text(
                nl=f"Maak er één per eenheid van, bijvoorbeeld met groupby({key!r}).first().",
                en=f"Make one per unit of them, for instance with groupby({key!r}).first().",
            ),
        )
    return found


def _source_of(function: Callable[..., Any], name: str) -> str:
    """The text of a function, as it stands in the notebook."""
    try:
        return dedent(inspect.getsource(function))
    except (OSError, TypeError):
        raise QueryError(
            Text(
                nl="De code van deze functie is niet te vinden.", en="The code of this function is not found."
            ),
            field=f"own.{name}.code",
            remedy=Text(nl="Geef de code als tekst.", en="Give the code as text."),
        ) from None


def _described(
    series: pd.Series[Any], name: str, code: str, label: str | None
) -> tuple[dict[str, Any], Path]:
    """The values as a file called by its content, and what a query says of them."""
    import pandas

    kinds = {"b": "boolean", "i": "integer", "u": "integer", "f": "number"}
    kind = kinds.get(getattr(series.dtype, "kind", "O"), "category")
    column = series.astype("string") if kind == "category" else series
    frame = pandas.DataFrame({KEY: series.index.array, VALUE: column.array})
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
