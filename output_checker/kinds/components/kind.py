"""Principal components and factors as a kind of statistic."""

from dataclasses import dataclass
from typing import ClassVar

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.kinds.base import Computed, Kind
from output_checker.kinds.components.query import ComponentsQuery
from output_checker.kinds.hypothesis_test.plan import inputs_of
from output_checker.kinds.model.inputs import Inputs
from output_checker.policy import Policy
from output_checker.query import Query


@dataclass(frozen=True)
class ComponentsPlan:
    """What to fetch."""

    inputs: Inputs


class ComponentsKind(Kind):
    """Loadings and explained variance."""

    query: ClassVar[type[Query]] = ComponentsQuery

    def plan(
        self, query: ComponentsQuery, dataset: Dataset, engine: Engine, policy: Policy
    ) -> ComponentsPlan:
        """Resolve the variables."""
        return ComponentsPlan(inputs_of(query, query.values, (), dataset, engine))

    def compute(
        self, query: ComponentsQuery, plan: ComponentsPlan, dataset: Dataset, engine: Engine
    ) -> Computed:
        """Fetch the complete cases, find components, and look at what their correlations tell."""
        # statsmodels is heavy: loaded only when components are asked
        from output_checker.kinds.components.compute import compute

        with engine.watching():
            return compute(query, plan.inputs, dataset, engine)
