"""What votes come to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.models import Disagreement
from api.review.models import Decision
from api.review.outcome import needs_another, settled, together, weightiest

A, R, J = Decision.APPROVE, Decision.RETURN, Decision.REJECT
AUTHOR, THIRD = Disagreement.AUTHOR, Disagreement.THIRD
decisions = st.lists(st.sampled_from(Decision), min_size=2, max_size=5)


@pytest.mark.parametrize(
    ("votes", "rule", "outcome"),
    [
        ([A, A], AUTHOR, A),
        ([R, J], AUTHOR, J),
        ([R, R], THIRD, R),
        ([A, R], AUTHOR, R),
        ([A, J], AUTHOR, R),
        ([A, R, A], THIRD, A),
        ([A, R, R], THIRD, R),
        ([J, A, R], THIRD, R),
        ([A, J, J], THIRD, J),
        ([A, A, R], THIRD, R),
        ([J, J, A], THIRD, J),
        ([R, R, A], THIRD, R),
    ],
)
def test_each_output_is_settled(votes: list[Decision], rule: Disagreement, outcome: Decision) -> None:
    assert settled(votes, 2, rule) is outcome


@pytest.mark.parametrize(
    ("votes", "rule", "another"),
    [
        ([[A]], AUTHOR, True),
        ([[A, A]], THIRD, False),
        ([[A, R]], AUTHOR, False),
        ([[A, R]], THIRD, True),
        ([[A, A], [A, R]], THIRD, True),
        ([[R, J]], THIRD, False),
        ([[A, R, R]], THIRD, False),
        ([], AUTHOR, True),
    ],
)
def test_another_checker_votes_when_too_few_did_or_a_third_decides(
    votes: list[list[Decision]], rule: Disagreement, another: bool
) -> None:
    assert needs_another(votes, 2, rule) is another


@given(votes=decisions, rule=st.sampled_from(Disagreement), required=st.integers(1, 3))
def test_nothing_leaves_with_fewer_approvals_than_required(
    votes: list[Decision], rule: Disagreement, required: int
) -> None:
    if len(votes) >= required and settled(votes, required, rule) is A:
        assert votes.count(A) >= required
        assert votes[-1] is A
        assert rule is THIRD or set(votes) == {A}


def test_a_request_leaves_or_is_refused_as_a_whole() -> None:
    assert [together(outputs) for outputs in ([A, A], [J, J], [A, J], [R, A], [R, J])] == [A, J, R, R, R]
    assert weightiest([A]) is A
