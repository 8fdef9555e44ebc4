"""The policy of a project, and how many checkers it takes."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from api.access.policies import policy_of, reviewers_required
from api.errors import UnavailableError
from tests.api.factories import World


@pytest.mark.parametrize(("of_project", "required"), [(1, 2), (2, 2), (4, 4)])
def test_whichever_asks_for_more_is_followed(world: World, of_project: int, required: int) -> None:
    world.project.reviewers_required = of_project
    assert policy_of(world.project).reviewers == 2
    assert reviewers_required(world.project) == required


@pytest.mark.parametrize("policy", ["", "gone", "/gone.toml", "../secrets/session_key"])
def test_a_policy_that_cannot_be_read_shuts_everything(session: Session, world: World, policy: str) -> None:
    world.project.policy = policy
    for question in (policy_of, reviewers_required):
        with pytest.raises(UnavailableError) as refused:
            question(world.project)
        assert refused.value.message.nl != refused.value.message.en
