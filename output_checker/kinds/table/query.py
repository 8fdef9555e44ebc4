"""A table in pandas' own words."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, field_validator, model_validator

from output_checker.errors import QueryError
from output_checker.kinds.table.measures import Aggfunc, Measure
from output_checker.metadata import Code, DatasetMetadata
from output_checker.protection.query import ProtectedQuery
from output_checker.query import Name, Names, headings
from output_checker.text import Language, Text

MAX_MEASURES = 24

Values = Annotated[tuple[Name, ...], Field(min_length=2, max_length=MAX_MEASURES)]
Aggfuncs = Annotated[tuple[Aggfunc, ...], Field(min_length=2, max_length=MAX_MEASURES)]
ByVariable = Annotated[
    dict[Name, Annotated[tuple[Aggfunc, ...], Field(min_length=1)]],
    Field(min_length=1, max_length=MAX_MEASURES),
]


class TableQuery(ProtectedQuery):
    """A cross table: classifications in ``index`` and ``columns``, one or more statistics of ``values`` in the cells.

    Several ``values`` and several ``aggfunc`` give every statistic of every variable, as pandas' ``pivot_table``; a
    mapping in ``aggfunc`` says which of which, as ``agg``. ``over`` is the denominator of a ratio of two sums and
    ``weights`` a registered weight. ``normalize`` gives shares of all, of rows ("index") or of columns; ``base`` gives
    index numbers, in which the named label of one classification is 100. ``subtotals`` adds the totals of each leading
    part of ``index``.
    """

    kind: Literal["table"] = "table"
    index: Annotated[Names, Field(min_length=1)]
    columns: Names = ()
    values: Name | Values | None = None
    aggfunc: Aggfunc | Aggfuncs | ByVariable = "count"
    over: Name | None = None
    weights: Name | None = None
    normalize: Literal["all", "index", "columns"] | None = None
    base: Annotated[dict[Name, Code], Field(max_length=1)] = Field(default_factory=dict)
    margins: bool = False
    subtotals: bool = False

    @field_validator("values", mode="before")
    @classmethod
    def _one_value(cls, given: object) -> object:
        """One variable in a list is one variable; what is no name is refused in words."""
        names = [given] if isinstance(given, str) else given
        if names is not None and not (
            isinstance(names, list | tuple) and names and all(map(_is_name, names))
        ):
            raise QueryError(_NO_NAME, field="values")
        _check_number(names or (), "values")
        return _single(names)

    @field_validator("aggfunc", mode="before")
    @classmethod
    def _one_aggfunc(cls, given: object) -> object:
        """One statistic in a list is one statistic; unknown ones are refused in words."""
        if isinstance(given, dict):
            return {name: _known([one] if isinstance(one, str) else one) for name, one in given.items()}
        functions = _known([given] if isinstance(given, str) else given)
        _check_number(functions, "aggfunc")
        return _single(functions)

    @field_validator("normalize", mode="before")
    @classmethod
    def _as_pandas_spells_it(cls, given: object) -> object:
        return {True: "all", False: None}[given] if isinstance(given, bool) else given

    @model_validator(mode="after")
    def _holds_together(self) -> "TableQuery":
        if len({*self.index, *self.columns}) < len(self.index) + len(self.columns):
            message = Text(nl="Een variabele staat er twee keer in.", en="A variable occurs twice.")
            raise QueryError(message, field="columns")
        if isinstance(self.aggfunc, dict) and self.values is not None:
            message = Text(nl="aggfunc noemt de variabelen al.", en="aggfunc names the variables already.")
            raise QueryError(message, field="values")
        self._check_measures()
        self._check_relative()
        return self

    def _check_measures(self) -> None:
        names = [measure.name for measure in self.measures]
        _check_number(names, "aggfunc")
        if len(set(names)) < len(names):
            message = Text(nl="Een statistiek staat er twee keer in.", en="A statistic occurs twice.")
            raise QueryError(message, field="aggfunc")
        for measure in self.measures:
            measure.check()
        if self.over and not any(measure.aggfunc == "ratio" for measure in self.measures):
            message = Text(nl="Alleen een ratio heeft een noemer.", en="Only a ratio has a denominator.")
            raise QueryError(message, field="over")

    def _check_relative(self) -> None:
        if self.normalize and self.base:
            message = Text(nl="Kies aandelen of indexcijfers.", en="Choose shares or index numbers.")
            raise QueryError(message, field="base")
        if self.normalize == "index" and not self.columns:
            message = Text(nl="Zonder kolommen is elke rij 100 %.", en="Without columns each row is 100%.")
            raise QueryError(message, field="normalize", remedy=_OF_COLUMNS)
        if self.base and not self.base.keys() <= {*self.index, *self.columns}:
            message = Text(
                nl="De basis is geen indeling van deze tabel.",
                en="The base is no classification of this table.",
            )
            raise QueryError(message, field="base")
        if self.base and (self.margins or self.subtotals):
            message = Text(nl="Een totaal heeft geen basis.", en="A total has no base.")
            raise QueryError(message, field="base", remedy=_NO_TOTALS)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Each statistic of each variable, in pandas' order: statistic by statistic."""
        if isinstance(self.aggfunc, dict):
            pairs = [(function, name) for name, functions in self.aggfunc.items() for function in functions]
            return tuple(self._measure(function, name) for function, name in pairs)
        functions = (self.aggfunc,) if isinstance(self.aggfunc, str) else self.aggfunc
        names = self.values if isinstance(self.values, tuple) else (self.values,)
        return tuple(self._measure(function, name) for function in functions for name in names)

    def _measure(self, aggfunc: Aggfunc, values: str | None) -> Measure:
        over = self.over if aggfunc == "ratio" else None
        return Measure(aggfunc, values, over, self.weights, self.normalize, bool(self.base))

    @property
    def classifications(self) -> tuple[str, ...]:
        """Those of the rows, then those of the columns."""
        return (*self.index, *self.columns)

    @property
    def relative(self) -> bool:
        """Whether numbers are divided by more than the units behind them."""
        return bool(self.normalize or self.base or self.over)

    @property
    def result_name(self) -> str:
        """The statistic and the variable it is of; "value" when there are several."""
        return self.measures[0].name if len(self.measures) == 1 else "value"

    def subject(self, metadata: DatasetMetadata, language: Language) -> str:
        """The statistics by the classifications."""
        by = Text(nl="naar", en="by").in_language(language)
        units = metadata.unit_label(self.unit)
        measures = (measure.words(metadata, units).in_language(language) for measure in self.measures)
        return f"{', '.join(measures)} {by} {headings(self.classifications, metadata, language)}"

    def details(self, metadata: DatasetMetadata, language: Language) -> list[str]:
        """Weights, shares, index numbers, totals."""
        said = []
        if self.weights:
            heading = metadata.heading(self.weights)
            said.append(Text(nl=f"gewogen met {heading.nl}", en=f"weighted by {heading.en}"))
        said += [_SHARES[self.normalize]] if self.normalize else []
        said += [_based(name, code, metadata) for name, code in self.base.items()]
        said += [Text(nl="met subtotalen", en="with subtotals")] if self.subtotals else []
        said += [Text(nl="met totalen", en="with totals")] if self.margins else []
        return [words.in_language(language) for words in said]


_NO_NAME = Text(
    nl="Gebruik een naam van letters, cijfers en liggende streepjes.",
    en="Use a name of letters, digits and underscores.",
)
_OTHER_KINDS = Text(
    nl='Een mediaan, minimum, maximum of modus vraagt u met kind = "quantiles".',
    en='Ask a median, minimum, maximum or mode with kind = "quantiles".',
)
_OF_COLUMNS = Text(nl='Schrijf normalize = "columns".', en='Write normalize = "columns".')
_NO_TOTALS = Text(nl="Laat margins en subtotals weg.", en="Leave out margins and subtotals.")
_SHARES = {
    "all": Text(nl="als aandeel van het geheel", en="as a share of the whole"),
    "index": Text(nl="als aandeel van de rij", en="as a share of the row"),
    "columns": Text(nl="als aandeel van de kolom", en="as a share of the column"),
}


def _based(name: str, code: str, metadata: DatasetMetadata) -> Text:
    heading = metadata.heading(name)
    return Text(
        nl=f"als indexcijfer, {heading.nl} {code} = 100", en=f"as an index number, {heading.en} {code} = 100"
    )


def _is_name(name: object) -> bool:
    return isinstance(name, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", name) is not None


def _check_number(listed: Sequence[object], field: str) -> None:
    if len(listed) > MAX_MEASURES:
        message = Text(
            nl=f"Hoogstens {MAX_MEASURES} statistieken tegelijk.",
            en=f"At most {MAX_MEASURES} statistics at once.",
        )
        raise QueryError(message, field=field)


def _single(listed: Any) -> Any:
    return listed[0] if isinstance(listed, list | tuple) and len(listed) == 1 else listed


def _known(functions: Any) -> Any:
    known = get_args(Aggfunc)
    if not (isinstance(functions, list | tuple) and functions and all(one in known for one in functions)):
        words = ", ".join(known)
        message = Text(nl=f"Kies uit: {words}.", en=f"Choose from: {words}.")
        raise QueryError(message, field="aggfunc", remedy=_OTHER_KINDS)
    return functions
