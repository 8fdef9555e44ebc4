"""What a kind of statistic is: a query, a plan that refuses before running, and a computation with its evidence."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.evidence import Evidence
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.verdict import Table


@dataclass(frozen=True)
class Part:
    """One statistic of a result with its evidence.

    ``places`` says for each cell of the evidence which cell of ``Computed.table`` it is; None when they are the same.
    """

    evidence: Evidence
    places: tuple[int, ...] | None = None

    def place(self, cell: int) -> int:
        """The position in the table of a cell of the evidence."""
        return cell if self.places is None else self.places[cell]


@dataclass(frozen=True)
class Computed:
    """A recomputed result: the table, no cell marked yet, and the parts that the rules look at."""

    table: Table
    parts: tuple[Part, ...]


class Kind(ABC):
    """One kind of statistic. A new kind is a package in ``kinds`` whose module ``kind`` holds one subclass."""

    query: ClassVar[type[Query]]

    @abstractmethod
    def plan(self, query: Any, dataset: Dataset, engine: Engine, policy: Policy) -> Any:
        """Resolve every name and expression, before a single number is computed.

        Raises:
            QueryError: its subclass that belongs to the fault, with the field and the way out.
        """

    @abstractmethod
    def compute(self, query: Any, plan: Any, dataset: Dataset, engine: Engine) -> Computed:
        """Recompute the result and gather the evidence behind it.

        Raises:
            QueryError: nobody satisfies the conditions.
            DatasetError: the microdata holds a value that its metadata does not know.
            EvidenceError: it could not be computed within the limits.
        """
