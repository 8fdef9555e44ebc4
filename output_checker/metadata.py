"""Metadata: what is publicly known about registered microdata, variable by variable.

Roles are those of the SDC Handbook (2nd ed., ch. 3): identifiers, quasi-identifiers, sensitive variables. Labels of
cells can only come from here, so everything in this document must be fit for publication.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from output_checker.documents import Document, Part
from output_checker.errors import DocumentError, MetadataError
from output_checker.text import Text
from output_checker.verdict import RESERVED_LABELS

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=200)]
VariableType = Literal["integer", "number", "category", "text-key", "boolean"]
Role = Literal["identifier", "quasi_identifier", "sensitive", "measure", "weight"]


class Group(Part):
    """One category of a grouping: public words and the codes that it takes together."""

    label: Text
    codes: Annotated[tuple[Code, ...], Field(min_length=1)]


class Grouping(Part):
    """A public recode of a code list, such as education into three levels; codes in no group become missing."""

    label: Text
    groups: Annotated[dict[Code, Group], Field(min_length=1)]


class Unit(Part):
    """A kind of unit behind the numbers: its key column and its name in the plural ("persons").

    ``one_row_per_unit`` and ``most_rows`` are verified at registration, never believed. The latter is a public limit,
    not the observed maximum: the number of rows that no unit exceeds, with which large cells need no exact counting.
    """

    key: Name
    label: Text
    one_row_per_unit: bool = False
    most_rows: Annotated[int, Field(ge=1, le=1_000)] | None = None


class Variable(Part):
    """One column: what it holds, what it discloses, and which values are public knowledge.

    ``codes`` is the ordered public code list. ``bounds`` are the lowest and highest value that could occur, as
    everybody knows, not as observed. ``missing_codes`` are numbers that stand for "no answer".
    """

    name: Name
    type: VariableType
    role: Role
    label: Text
    codes: dict[Code, Text] = Field(default_factory=dict)
    groupings: dict[Name, Grouping] = Field(default_factory=dict)
    bounds: tuple[int | float, int | float] | None = None
    unit_of_measure: str | None = None
    missing_codes: tuple[int | float, ...] = ()

    @property
    def numeric(self) -> bool:
        """Whether sums and means of it make sense."""
        return self.type in ("integer", "number")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for complaint in (self._of_type(), self._of_codes(), self._of_groupings()):
            if complaint:
                raise MetadataError(complaint, field=self.name)
        return self

    def _of_type(self) -> Text | None:
        if self.bounds and not (self.numeric and self.bounds[0] <= self.bounds[1]):
            return Text(nl="Grenzen zijn twee oplopende getallen.", en="Bounds are two ascending numbers.")
        if self.missing_codes and not self.numeric:
            return Text(
                nl="Alleen getallen hebben codes voor ontbreken.", en="Only numbers have missing codes."
            )
        if self.type == "text-key" and self.role != "identifier":
            return Text(nl="Een sleutel is een identificator.", en="A text key is an identifier.")
        return None

    def _of_codes(self) -> Text | None:
        if reserved := sorted({*self.codes, *self._groups()} & RESERVED_LABELS.keys()):
            return Text(
                nl=f"De code {reserved[0]} is gereserveerd.", en=f"The code {reserved[0]} is reserved."
            )
        if self.type == "category" and self.role != "identifier" and not self.codes:
            return Text(nl="Een categorie heeft een codelijst nodig.", en="A category needs a code list.")
        if self.type == "integer" and not all(_is_integer(code) for code in self.codes):
            return Text(nl="Codes van gehele getallen zijn cijfers.", en="Codes of integers are digits.")
        return None

    def _of_groupings(self) -> Text | None:
        for name, grouping in self.groupings.items():
            codes = [code for group in grouping.groups.values() for code in group.codes]
            if len(set(codes)) < len(codes):
                return Text(
                    nl=f"In {name} staat een code in twee groepen.", en=f"In {name} a code is in two groups."
                )
            if unknown := sorted(set(codes) - self.codes.keys()):
                return Text(
                    nl=f"In {name} staat een onbekende code: {unknown[0]}.",
                    en=f"In {name} there is an unknown code: {unknown[0]}.",
                )
        return None

    def _groups(self) -> set[str]:
        return {code for grouping in self.groupings.values() for code in grouping.groups}


Codes = Annotated[
    tuple[Code, ...],
    Field(min_length=1),
    BeforeValidator(lambda given: [given] if isinstance(given, str) else given),
]


class Span(Part):
    """Numbers from ``low`` up to, not including, ``high``."""

    low: int | float
    high: int | float

    def holds(self, low: float, high: float) -> bool:
        """Whether all numbers from ``low`` up to, not including, ``high`` are within it."""
        return self.low <= low and high <= self.high


StructuralZero = Annotated[dict[Name, Codes | Span], Field(min_length=1)]


class DatasetMetadata(Document):
    """A registered dataset version: its population, units and variables. ``rows`` and ``sha256`` are of the file.

    ``structural_zeros`` are combinations that nobody can have, as everybody knows: for each, the codes per variable or
    grouping, or a span of numbers, such as a marital status other than unmarried below the age at which one may marry. A
    span by itself is a range in which nobody is.
    """

    refusal: ClassVar[type[DocumentError]] = MetadataError

    name: Name
    version: Annotated[str, StringConstraints(min_length=1, max_length=50)]
    title: Text
    population: Text
    source: Text
    licence: str
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    rows: int | None = None
    units: Annotated[dict[Name, Unit], Field(min_length=1)]
    variables: Annotated[tuple[Variable, ...], Field(min_length=1)]
    structural_zeros: Annotated[tuple[StructuralZero, ...], Field(max_length=10_000)] = ()

    @property
    def columns(self) -> dict[str, Variable]:
        """The variables by name."""
        return {variable.name: variable for variable in self.variables}

    @property
    def groupings(self) -> dict[str, tuple[Variable, Grouping]]:
        """The public recodes by name, with the variable that they recode."""
        return {name: (v, grouping) for v in self.variables for name, grouping in v.groupings.items()}

    @property
    def default_unit(self) -> str:
        """The unit that counts when a query names none: the first."""
        return next(iter(self.units))

    def heading(self, name: str) -> Text:
        """The public words for a variable or grouping; a derived variable is called what it is called."""
        if name in self.columns:
            return self.columns[name].label
        return self.groupings[name][1].label if name in self.groupings else Text.same(name)

    def unit_label(self, unit: str | None) -> Text:
        """The public words for a kind of unit; those of its name when there is none."""
        name = unit or self.default_unit
        return self.units[name].label if name in self.units else Text.same(name)

    def limited_to(self, columns: tuple[str, ...] | None) -> "DatasetMetadata":
        """Only these columns, and always the unit keys, without which nothing could be counted.

        Raises:
            MetadataError: a column is not in the dataset.
        """
        if columns is None:
            return self
        for name in columns:
            if name not in self.columns:
                raise MetadataError(
                    Text(nl="Deze kolom bestaat niet.", en="There is no such column."), field=name
                )
        wanted = {*columns, *(unit.key for unit in self.units.values())}
        kept = tuple(variable for variable in self.variables if variable.name in wanted)
        named = {name for variable in kept for name in (variable.name, *variable.groupings)}
        zeros = tuple(zero for zero in self.structural_zeros if zero.keys() <= named)
        return self.model_copy(update={"variables": kept, "structural_zeros": zeros})

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        names = [*(variable.name for variable in self.variables), *self._grouping_names()]
        lowered = [name.lower() for name in names]
        for name in names:
            if lowered.count(name.lower()) > 1:
                raise MetadataError(
                    Text(nl="Deze naam komt twee keer voor.", en="This name occurs twice."), field=name
                )
        self._has_its_keys()
        self._has_its_zeros()
        return self

    def _grouping_names(self) -> list[str]:
        return [name for variable in self.variables for name in variable.groupings]

    def _has_its_zeros(self) -> None:
        truths = {"true", "false"}
        known = {name: truths if v.type == "boolean" else {*v.codes} for name, v in self.columns.items()}
        known |= {name: {*grouping.groups} for name, (_, grouping) in self.groupings.items()}
        for place, zero in enumerate(self.structural_zeros):
            complaints = (self._of_zero(name, one, known.get(name, set())) for name, one in zero.items())
            if complaint := next(filter(None, [*complaints, _of_one(zero)]), None):
                raise MetadataError(complaint, field=f"structural_zeros[{place}]")

    def _of_zero(self, name: str, zero: "tuple[str, ...] | Span", known: set[str]) -> Text | None:
        if isinstance(zero, Span):
            numeric = name in self.columns and self.columns[name].numeric
            if not (numeric and zero.low < zero.high):
                return Text(nl=f"{name} heeft zulke getallen niet.", en=f"{name} has no such numbers.")
        elif not set(zero) <= known:
            return Text(nl=f"{name} heeft niet al deze codes.", en=f"{name} does not have all these codes.")
        return None

    def _has_its_keys(self) -> None:
        identifiers = {variable.name for variable in self.variables if variable.role == "identifier"}
        for name, unit in self.units.items():
            if unit.key not in identifiers:
                message = Text(
                    nl=f"De sleutel {unit.key} is geen kolom met de rol identificator.",
                    en=f"The key {unit.key} is not a column with the role identifier.",
                )
                raise MetadataError(message, field=f"units.{name}")


def _of_one(zero: Mapping[str, object]) -> Text | None:
    """A code that nobody can have by itself is no code; numbers may be that, within their bounds."""
    if len(zero) == 1 and not isinstance(next(iter(zero.values())), Span):
        return Text(nl="Noem minstens twee variabelen.", en="Name at least two variables.")
    return None


def _is_integer(code: str) -> bool:
    return code.lstrip("-").isascii() and code.lstrip("-").isdigit()
