"""Tables in a notebook: computed and judged on the spot by the same judge that the service uses."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from output_checker.errors import QueryError
from output_checker.judge import judge
from output_checker.kinds.table.query import TableQuery
from output_checker.notebook import display
from output_checker.notebook.advice import Advice, advice
from output_checker.notebook.microdata import Microdata, open_dataset
from output_checker.notebook.workplace import spoken, workplace
from output_checker.proposals.search import MOST_ROWS, Proposal, propose
from output_checker.protection.query import ProtectedQuery
from output_checker.protection.suppression import suppressed
from output_checker.query import Query
from output_checker.text import Language, Text
from output_checker.verdict import Outcome, Verdict

if TYPE_CHECKING:
    import pandas as pd

    from output_checker.notebook.noise import NoisyTable

_ASK = Text(nl="zoekt wat wel zou kunnen.", en="looks for what could pass.")


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

    @spoken
    def hide(self, *cells: dict[str, str] | Literal["failing"]) -> CheckedTable:
        """The table with cells hidden: by label, as ``{"area": "a", "sex": "All"}``, or all that are "failing".

        Raises:
            QueryError: there are no such cells, or cells of this kind of result cannot be hidden.
        """
        return self._again(hide=[*self._protected().hide, *cells])

    @spoken
    def suppress(self) -> CheckedTable:
        """The table with its failing cells hidden, and as many others as it takes to keep those unknown.

        Raises:
            EvidenceError: no choice of cells protects them.
            QueryError: cells of this kind of result cannot be hidden.
        """
        here = workplace()
        dataset = open_dataset(self.query.dataset).dataset
        query = suppressed(self._protected(), dataset, here.policy)
        return CheckedTable(query, judge(query, dataset, here.policy), here.language)

    @cached_property
    def proposals(self) -> tuple[CheckedTable, ...]:
        """At most three tables instead of one that does not pass, each of them judged: its words stand below the table.

        Looked for when first asked: that takes fifteen judgements at most.
        """
        return tuple(CheckedTable(one.query, one.verdict, self.language) for one in self._proposed)

    @cached_property
    @spoken
    def _proposed(self) -> tuple[Proposal, ...]:
        here = workplace()
        return propose(self.query, self.verdict, open_dataset(self.query.dataset).dataset, here.policy)

    def _ways_out(self) -> list[str]:
        """The calls that give the proposals, with what they do; of large microdata only where to ask."""
        if self.verdict.outcome is Outcome.PASS or not isinstance(self.query, TableQuery):
            return []
        rows = open_dataset(self.query.dataset).dataset.metadata.rows
        if rows is not None and rows > MOST_ROWS:
            return [f"table.proposals: {_ASK.in_language(self.language)}"]
        return [
            f"table.proposals[{place}]: {one.words.in_language(self.language)}"
            for place, one in enumerate(self._proposed)
        ]

    @spoken
    def round(self, base: float) -> CheckedTable:
        """The table with every number rounded to a multiple of ``base``. Rounding never clears a failing cell.

        Raises:
            QueryError: numbers of this kind of result cannot be rounded like this.
        """
        self._protected()
        return self._again(rounding=base)

    @spoken
    def noise(self, epsilon: float | None = None, *, rho: float | None = None) -> NoisyTable:
        """The same question with an answer under differential privacy: what it costs and how far off it will be.

        Give ``epsilon``, or ``rho`` for many small questions. This spends nothing.

        Raises:
            NoiseError: this question has no noisy answer.
        """
        from output_checker.notebook.noise import with_noise

        return with_noise(self.query, [cell.value for cell in self.verdict.table.cells], epsilon, rho)

    @spoken
    def check(self, title: str = "", purpose: str = "") -> Advice:
        """What reviewers most often refuse, looked for before submitting."""
        return advice(self.query, self.verdict, title, purpose)

    def _protected(self) -> ProtectedQuery:
        if not isinstance(self.query, ProtectedQuery):
            message = Text(
                nl="Hiervan zijn geen cellen te verbergen of af te ronden.",
                en="Cells of this can be neither hidden nor rounded.",
            )
            raise QueryError(message, field="kind")
        return self.query

    def _again(self, **changes: Any) -> CheckedTable:
        here = workplace()
        query = Query.parse({**self.query.model_dump(mode="json", exclude_defaults=True), **changes})
        verdict = judge(query, open_dataset(query.dataset).dataset, here.policy)
        return CheckedTable(query, verdict, here.language)

    def _repr_html_(self) -> str:
        return display.as_html(self.verdict, self.language, self._ways_out())

    def __repr__(self) -> str:
        return display.as_text(self.verdict, self.language, self._ways_out())


def _axis(lines: Sequence[tuple[str, ...]], names: tuple[str, ...]) -> pd.Index:
    import pandas

    if len(names) == 1:
        return pandas.Index([label for (label,) in lines], name=names[0])
    return pandas.MultiIndex.from_tuples(lines, names=names)


Names = str | Sequence[str]
Aggfunc = str | Sequence[str] | Mapping[str, str | Sequence[str]]


def tabulate(people: Microdata, **asked: Any) -> CheckedTable:
    """A table that was asked for, judged; what is not asked is left out."""
    here = workplace()
    wanted = {name: value for name, value in asked.items() if value is not None and value is not False}
    query = Query.parse({**people.asked, **wanted})
    return CheckedTable(query, judge(query, people.dataset, here.policy), here.language)


@spoken
def crosstab(
    people: Microdata,
    index: Names,
    columns: Names = (),
    values: Names | None = None,
    aggfunc: Aggfunc = "count",
    margins: bool = False,
    unit: str | None = None,
    *,
    normalize: bool | Literal["all", "index", "columns"] = False,
    weights: str | None = None,
    over: str | None = None,
    base: Mapping[str, str] | None = None,
    subtotals: bool = False,
) -> CheckedTable:
    """A table in pandas' words, judged under the project's policy before you submit it.

    ``aggfunc`` is one or more of count, sum, mean, std, var and ratio (of ``values`` to ``over``). ``normalize`` gives
    shares, ``base={"year": "2015"}`` index numbers, ``weights`` a registered weight, ``subtotals`` the totals of each
    leading part of ``index``.

    Raises:
        QueryError: it asks for what may not be asked; the message says what to do.
    """
    return tabulate(
        people,
        index=index,
        columns=columns,
        values=values,
        aggfunc=aggfunc,
        margins=margins,
        unit=unit,
        normalize=normalize,
        weights=weights,
        over=over,
        base=base,
        subtotals=subtotals,
    )


@spoken
def pivot_table(
    people: Microdata,
    values: Names | None = None,
    index: Names = (),
    columns: Names = (),
    aggfunc: Aggfunc = "mean",
    margins: bool = False,
    **more: Any,
) -> CheckedTable:
    """The same as ``crosstab`` with the arguments of pandas' ``pivot_table``, of which the mean is the default.

    Raises:
        QueryError: it asks for what may not be asked; the message says what to do.
    """
    return tabulate(
        people, index=index, columns=columns, values=values, aggfunc=aggfunc, margins=margins, **more
    )
