"""What the judge says about one query: an outcome, the findings behind it, and the table that was judged."""

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from output_checker.documents import Part
from output_checker.text import Language, Text

ALL = "All"
"""Label of a margin, pandas' own word."""

MISSING = "(missing)"
"""Label of units without a value for a classification: they never vanish."""

RESERVED_LABELS = {
    ALL: Text(nl="Totaal", en="Total"),
    MISSING: Text(nl="(ontbreekt)", en="(missing)"),
}

CellStatus = Literal["pass", "fail", "review", "empty", "hidden"]
"""Of a ``hidden`` cell the value is withheld, from the table as from the file."""


class Outcome(StrEnum):
    """How a judgement ends; only people turn a ``review`` into a release."""

    PASS = "pass"  # noqa: S105 - an outcome, not a password
    REVIEW = "review"
    FAIL = "fail"


class Place(Part):
    """Where in a file something was found, in words; ``passage`` (from 0) and ``line`` (from 1) when it can be shown.

    It may quote names from the file, so it is for people inside and for the author in the sandbox.
    """

    words: Text
    passage: int | None = None
    line: int | None = None


class Finding(Part):
    """One rule that some cells, or some ``places`` of a file, do not satisfy.

    ``cells`` are positions in ``Table.cells``. ``evidence`` holds numbers about few units, so it may be shown to
    people inside the enclave and never leaves it.
    """

    rule: str
    outcome: Literal[Outcome.FAIL, Outcome.REVIEW]
    cells: tuple[int, ...]
    reason: Text
    remedy: Text
    places: tuple[Place, ...] = ()
    evidence: dict[str, int | float | str | tuple[int | float | None, ...]] = Field(default_factory=dict)


class Cell(Part):
    """One number, with the distinct units behind it; ``row`` and ``column`` are positions in the table."""

    row: int
    column: int
    value: int | float | None
    units: int
    status: CellStatus


class Table(Part):
    """A table in long form: every cell of the frame ``rows`` x ``columns``, row by row.

    A row or column is a list of codes, one per classification of ``row_names`` or ``column_names``; ``headings``
    and ``labels`` hold the public words for classifications and codes.
    """

    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    columns: tuple[tuple[str, ...], ...]
    cells: tuple[Cell, ...]
    headings: dict[str, Text] = Field(default_factory=dict)
    labels: dict[str, dict[str, Text]] = Field(default_factory=dict)

    def cell(self, row: int, column: int) -> Cell:
        """The cell at a position of the frame."""
        return self.cells[row * len(self.columns) + column]

    def heading(self, name: str, language: Language) -> str:
        """The public name of a classification."""
        return self.headings.get(name, Text.same(name)).in_language(language)

    def label(self, name: str, code: str, language: Language) -> str:
        """The public words for one code of a classification."""
        words = RESERVED_LABELS.get(code) or self.labels.get(name, {}).get(code) or Text.same(code)
        return words.in_language(language)


class Criterion(Part):
    """One rule as it was applied: what it was set to, and how many cells it examined, failed and left to people."""

    rule: str
    parameters: dict[str, Any]
    examined: int
    failing: int
    review: int


class HiddenCell(Part):
    """What readers can work out about a hidden cell from all that is published.

    The interval runs from ``lower`` to ``upper`` in the unit of the number that is hidden (None: without limit);
    ``protected`` says whether it is wide enough. For people inside only: the interval holds the hidden number.
    """

    cell: int
    lower: float | None
    upper: float | None
    protected: bool


class Interval(Part):
    """The unbiased noisy number of a cell, and where the truth lies in at least 95 % of draws: no true number is here."""

    cell: int
    raw: int | float
    lower: int | float
    upper: int | float


class OwnBin(Part):
    """A value, or a range of values, of an own variable, and the distinct units that have it."""

    value: str
    label: Text
    units: int


class OwnSummary(Part):
    """A variable of the researcher's own as people inside have to judge it: what it is, how it was made, how it lies.

    ``sha256`` is the digest of the file with its values, ``code_sha256`` that of the program that made them. Of the
    units of the view ``units`` have a value, ``missing`` have none; there are ``different`` values. ``quartiles`` are
    minimum, 25, 50 and 75 % and maximum of numbers, in their own unit. For people inside only: it holds values.
    """

    name: str
    label: Text
    type: Literal["integer", "number", "category", "boolean"]
    unit: Text
    sha256: str
    code: str
    code_sha256: str
    units: int
    missing: int
    different: int
    quartiles: tuple[float, ...] = ()
    bins: tuple[OwnBin, ...]

    @property
    def in_words(self) -> str:
        """How the values lie, on one line, for a record."""
        return "; ".join([*(f"{one.value}: {one.units}" for one in self.bins), f"(missing): {self.missing}"])


class PolicyReference(Part):
    """The policy that was applied, by name, version and content."""

    name: str
    version: str
    digest: str


class DatasetReference(Part):
    """The dataset that was read, by name, version and content."""

    name: str
    version: str
    sha256: str


class FileReport(Part):
    """What is known of a file that was inspected: its ``kind`` ("" when it has none that is allowed) and contents.

    ``leaves`` is the sha256 of the bytes that would leave: those that were submitted, or a picture made anew; None
    when nothing can. ``shown`` is the sha256 of what people read of it. Sizes in bytes.
    """

    name: str
    kind: str
    media_type: str
    sha256: str
    size: int
    leaves: str | None = None
    leaves_size: int = 0
    shown: str | None = None


class Verdict(Part):
    """The judgement of one query on one dataset under one policy.

    ``units`` is the unit that was counted, ``seconds`` the wall time it took. ``criteria`` is the record of all rules
    that were applied, those that found nothing too; ``hidden`` tells how well hidden cells are protected, ``own`` what
    variables of the researcher's own are in it. Of a file, ``file`` tells what was inspected, and the table is empty.
    ``intervals`` are there only where there is noise: then no rule was applied and no unit counted. ``least`` is what no
    truth in them is below, where everybody knows that.
    """

    outcome: Outcome
    policy: PolicyReference
    query_digest: str
    dataset: DatasetReference
    units: str
    findings: tuple[Finding, ...]
    table: Table
    criteria: tuple[Criterion, ...] = ()
    hidden: tuple[HiddenCell, ...] = ()
    own: tuple[OwnSummary, ...] = ()
    file: FileReport | None = None
    intervals: tuple[Interval, ...] = ()
    least: int | None = None
    seconds: float
