"""Judge."""

from output_checker.dataset import Dataset
from output_checker.policy import Policy
from output_checker.query import Query
from output_checker.verdict import Verdict


def judge(query: Query, dataset: Dataset, policy: Policy) -> Verdict:
    """Recompute."""
    raise NotImplementedError
