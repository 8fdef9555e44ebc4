"""Models as a kind of statistic."""

from typing import ClassVar

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.kinds.base import Computed, Kind
from output_checker.kinds.model.plan import ModelPlan, make_plan
from output_checker.kinds.model.query import ModelQuery
from output_checker.policy import Policy
from output_checker.query import Query


class ModelKind(Kind):
    """Regressions: linear, for binary outcomes and counts, for durations, and for quantiles."""

    query: ClassVar[type[Query]] = ModelQuery

    def plan(self, query: ModelQuery, dataset: Dataset, engine: Engine, policy: Policy) -> ModelPlan:
        """Resolve the formula and all other variables."""
        return make_plan(query, dataset, engine)

    def compute(self, query: ModelQuery, plan: ModelPlan, dataset: Dataset, engine: Engine) -> Computed:
        """Fetch the complete cases, build the design, fit, and measure what rests on few units."""
        # statsmodels is heavy: loaded only when a model is asked
        from output_checker.kinds.model.compute import compute

        with engine.watching():
            return compute(query, plan, dataset, engine)
