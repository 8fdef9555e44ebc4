"""Tables in a notebook: computed and judged on the spot by the same judge that the service uses."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from output_checker.judge import judge
from output_checker.notebook import display
from output_checker.notebook.microdata import Microdata
from output_checker.notebook.workplace import spoken, workplace
from output_checker.query import Query
from output_checker.text import Language
from output_checker.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class CheckedTable:
    """A table with the verdict that the service will most likely give. It shows itself, failing cells marked.

    Only ``query`` is submitted: the service recomputes everything else. ``key`` makes submitting twice harmless.
    """

    query: Query
    verdict: Verdict
    language: Language
    key: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def df(self) -> pd.DataFrame:
        """The values as a pandas DataFrame, to look at inside the enclave."""
        import pandas

        table = self.verdict.table
        width = len(table.columns)
        values = [cell.value for cell in table.cells]
        return pandas.DataFrame(
            [values[start : start + width] for start in range(0, len(values), width)],
            index=_axis(table.rows, table.row_names),
            columns=_axis(table.columns, table.column_names)
            if table.column_names
            else [self.query.result_name],
        )

    def _repr_html_(self) -> str:
        return display.as_html(self.verdict, self.language)

    def __repr__(self) -> str:
        return display.as_text(self.verdict, self.language)


def _axis(lines: Sequence[tuple[str, ...]], names: tuple[str, ...]) -> pd.Index:
    import pandas

    if len(names) == 1:
        return pandas.Index([label for (label,) in lines], name=names[0])
    return pandas.MultiIndex.from_tuples(lines, names=names)


@spoken
def crosstab(
    people: Microdata,
    index: str | Sequence[str],
    columns: str | Sequence[str] = (),
    values: str | None = None,
    aggfunc: str = "count",
    margins: bool = False,
    unit: str | None = None,
) -> CheckedTable:
    """A table in pandas' words, judged under the project's policy before you submit it.

    Raises:
        QueryError: it asks for what may not be asked; the message says what to do.
    """
    here = workplace()
    query = Query.parse(
        {
            "dataset": people.metadata.name,
            "where": people.conditions,
            "derive": dict(people.derived),
            "index": index,
            "columns": columns,
            "values": values,
            "aggfunc": aggfunc,
            "margins": margins,
            "unit": unit,
        }
    )
    return CheckedTable(query, judge(query, people.dataset, here.policy), here.language)
