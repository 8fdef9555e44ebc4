"""The noisy answer as a document: what leaves, and what checkers see. It holds no number that had no noise."""

from typing import ClassVar, Literal

from pydantic import Field

from output_checker.documents import Document, Part
from output_checker.errors import DocumentError, QueryError
from output_checker.text import Language, Text
from output_checker.verdict import RESERVED_LABELS, DatasetReference

Number = int | float


class NoisyColumn(Part):
    """One statistic of every line of a table.

    ``values`` are for reading: consistent, and not negative where that is impossible. ``raw`` are the unbiased noisy
    numbers, for computing with; the truth lies from ``lower`` to ``upper`` in at least 95 % of draws. ``least`` is what no
    true number is below, where everybody knows that.
    """

    name: str
    words: Text
    values: tuple[Number, ...]
    raw: tuple[Number, ...]
    lower: tuple[Number, ...]
    upper: tuple[Number, ...]
    least: int | None = None


class NoisyTable(Part):
    """A table in long form: every combination of public labels, "All" for totals. ``heads`` names head the rows."""

    names: tuple[str, ...]
    heads: int
    lines: tuple[tuple[str, ...], ...]
    columns: tuple[NoisyColumn, ...]
    headings: dict[str, Text] = Field(default_factory=dict)
    labels: dict[str, dict[str, Text]] = Field(default_factory=dict)

    def heading(self, name: str, language: Language) -> str:
        """The public name of a classification."""
        return self.headings.get(name, Text.same(name)).in_language(language)

    def label(self, name: str, code: str, language: Language) -> str:
        """The public words for one code of a classification."""
        words = RESERVED_LABELS.get(code) or self.labels.get(name, {}).get(code) or Text.same(code)
        return words.in_language(language)


class RawMeasurement(Part):
    """A noisy vector as it was measured: of what, at which level, and the exact law of its noise.

    ``parameter`` is the scale (discrete Laplace) or the variance (discrete Gaussian) as a fraction, in steps; a value is
    ``origin + step * number`` in the unit of the variable.
    """

    statistic: str
    level: tuple[str, ...]
    law: Literal["discrete Laplace", "discrete Gaussian"]
    parameter: str
    l1_sensitivity: int
    l2_sensitivity_squared: int
    origin: str = "0"
    step: str = "1"
    numbers: tuple[int, ...]


class ExpectedError(Part):
    """How far off one statistic at one level is: within ``margin`` in 95 % of cells, in words too. Public."""

    statistic: str
    level: tuple[str, ...]
    cells: int
    margin: Number | None
    words: Text


class PrivacyLoss(Part):
    """What an answer costs one kind of unit: billionths of rho, and of epsilon where the guarantee is pure."""

    unit: str
    nano_rho: int
    nano_epsilon: int | None


class Purpose(Part):
    """Tier 1: who, what for, which data."""

    curator: str = ""
    intended_use: str = ""
    data_product: str = ""
    released_on: str = ""


class Guarantee(Part):
    """Tier 2: the flavour, the unit, the parameters, the model of deployment."""

    flavour: Literal["pure differential privacy", "zero-concentrated differential privacy"]
    privacy_unit: Text
    neighbours: Text
    losses: tuple[PrivacyLoss, ...]
    deployment_model: str = "central"


class Selection(Part):
    """From how many paid answers about a population a project could choose this one, and how many of them left.

    ``nano_rho`` is what they cost in all, of the ``total_nano_rho`` that everybody together might spend (billionths).
    """

    population: str
    answers: int
    released: int
    nano_rho: int
    total_nano_rho: int


class Method(Part):
    """Tier 3: domain, what is not protected, unit in detail, processing afterwards, composition, implementation.

    ``exact_releases`` and ``selections`` tell what else there is about the same population; known once approved.
    """

    domain: Text
    unprotected: tuple[Text, ...]
    unit_in_detail: Text
    afterwards: tuple[Text, ...]
    composition: Text
    implementation: Text
    implementation_delta: float
    exact_releases: int | None = None
    selections: tuple[Selection, ...] = ()


class Manifest(Part):
    """How an answer was made private, in the three tiers of the OpenDP Deployments Registry."""

    purpose: Purpose
    guarantee: Guarantee
    method: Method


class NoisyAnswer(Document):
    """A noisy answer, whole: the table to read, the raw measurements, the expected error and the manifest."""

    refusal: ClassVar[type[DocumentError]] = QueryError

    query_digest: str
    dataset: DatasetReference
    units: str
    table: NoisyTable
    measurements: tuple[RawMeasurement, ...]
    expected: tuple[ExpectedError, ...]
    useless: float
    manifest: Manifest
