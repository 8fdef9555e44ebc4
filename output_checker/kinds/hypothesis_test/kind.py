"""Tests and correlations as a kind of statistic."""

from typing import ClassVar

from output_checker.dataset import Dataset
from output_checker.engine import Engine
from output_checker.kinds.base import Computed, Kind
from output_checker.kinds.hypothesis_test.plan import TestPlan, make_plan
from output_checker.kinds.hypothesis_test.query import HypothesisTestQuery
from output_checker.policy import Policy
from output_checker.query import Query


class HypothesisTestKind(Kind):
    """The t-test, analysis of variance, the chi-squared test, and correlations."""

    query: ClassVar[type[Query]] = HypothesisTestQuery

    def plan(self, query: HypothesisTestQuery, dataset: Dataset, engine: Engine, policy: Policy) -> TestPlan:
        """Resolve the variables."""
        return make_plan(query, dataset, engine)

    def compute(
        self, query: HypothesisTestQuery, plan: TestPlan, dataset: Dataset, engine: Engine
    ) -> Computed:
        """Fetch the complete cases, test, and count the groups."""
        # SciPy is heavy: loaded only when a test is asked
        from output_checker.kinds.hypothesis_test.compute import compute

        with engine.watching():
            return compute(query, plan, dataset, engine)
