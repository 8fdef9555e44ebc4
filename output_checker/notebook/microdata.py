"""Microdata in a notebook: open it, narrow it, derive variables; explore freely as a pandas DataFrame."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from output_checker.dataset import Dataset
from output_checker.engine import SOURCE, Engine
from output_checker.errors import DatasetError
from output_checker.metadata import DatasetMetadata
from output_checker.notebook.workplace import spoken, workplace
from output_checker.own.variable import OwnVariable
from output_checker.plan import conditions_of, scope_of
from output_checker.text import Text

if TYPE_CHECKING:
    import pandas as pd

    from output_checker.notebook.grouping import Grouped


@dataclass(frozen=True)
class Microdata:
    """A dataset with conditions and derived variables. Each step gives a new object and changes nothing."""

    dataset: Dataset
    conditions: tuple[str, ...] = ()
    derived: tuple[tuple[str, str], ...] = ()
    own: tuple[tuple[str, OwnVariable], ...] = ()

    @property
    def asked(self) -> dict[str, Any]:
        """What a query about these units starts with."""
        own = {name: variable.model_dump(mode="json", exclude_defaults=True) for name, variable in self.own}
        asked = {"dataset": self.metadata.name, "where": self.conditions, "derive": dict(self.derived)}
        return {**asked, "own": own} if own else asked

    @property
    def metadata(self) -> DatasetMetadata:
        """What is known about the variables."""
        return self.dataset.visible

    @spoken
    def where(self, *conditions: str) -> Microdata:
        """Keep the units for which all conditions hold, such as ``"age >= 18"``.

        Raises:
            ExpressionError: a condition is not in the part of SQL that may be used.
        """
        return replace(self, conditions=(*self.conditions, *conditions))._checked()

    @spoken
    def derive(self, **expressions: str) -> Microdata:
        """Add variables, such as ``age_band="age // 10 * 10"``.

        Raises:
            QueryError: an expression is not in the part of SQL that may be used, or its name is taken.
        """
        return replace(self, derived=tuple({**dict(self.derived), **expressions}.items()))._checked()

    def groupby(self, by: str | Sequence[str]) -> Grouped:
        """Units by one or more classifications, as in pandas: ``people.groupby("area")["income"].mean()``."""
        from output_checker.notebook.grouping import groupby  # tables know microdata, so only when asked for

        return groupby(self, by)

    @property
    @spoken
    def df(self) -> pd.DataFrame:
        """An ordinary pandas DataFrame for free exploration. What is made of it in pandas cannot be released."""
        scope = scope_of(dict(self.derived), self.dataset)
        names = [f'"{variable.name}"' for variable in self.metadata.variables]
        names += [f'{scope.render(scope.variable(name, "derive"))} AS "{name}"' for name, _ in self.derived]
        with Engine.over(self.dataset) as engine:
            conditions = conditions_of(scope, self.conditions, engine)
            where = " AND ".join(f"({condition})" for condition in conditions) or "TRUE"
            frame: pd.DataFrame = engine.frame(
                f"SELECT {', '.join(names)} FROM {SOURCE} WHERE {where}"  # noqa: S608 - rendered from checked expressions
            )
        return frame

    def __repr__(self) -> str:
        steps = [*self.conditions, *(f"{name} = {expression}" for name, expression in self.derived)]
        names = ", ".join(variable.name for variable in self.metadata.variables)
        return f"{self.metadata.name} {self.metadata.version}: {names}" + "".join(
            f"\n  {step}" for step in steps
        )

    def _checked(self) -> Microdata:
        scope = scope_of(dict(self.derived), self.dataset)
        with Engine.over(self.dataset) as engine:
            conditions_of(scope, self.conditions, engine)
        return self


@spoken
def open_dataset(name: str) -> Microdata:
    """Open a dataset of the project by name.

    Raises:
        DatasetError: the project has no dataset of that name.
    """
    directory = workplace().data_dir
    metadata, data = directory / f"{name}.json", directory / f"{name}.parquet"
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or not (metadata.exists() and data.exists()):
        known = ", ".join(sorted(path.stem for path in directory.glob("*.parquet"))) or "-"
        message = Text(
            nl=f"Dit project heeft geen dataset {name!r}.", en=f"This project has no dataset {name!r}."
        )
        raise DatasetError(message, remedy=Text(nl=f"Wel: {known}.", en=f"It has: {known}."))
    supplied = {path.stem: path for path in workplace().own_dir.glob("*.parquet")}
    return Microdata(Dataset(DatasetMetadata.load(metadata), data, supplied=supplied))
