"""The policy of a project."""

from __future__ import annotations

import pytest

from api.access.policies import policy_of
from api.errors import UnavailableError
from tests.api.factories import World


@pytest.mark.parametrize("policy", ["", "gone", "/gone.toml", "../secrets/session_key"])
def test_a_policy_that_cannot_be_read_shuts_everything(world: World, policy: str) -> None:
    world.project.policy = policy
    with pytest.raises(UnavailableError) as refused:
        policy_of(world.project)
    assert refused.value.message.nl != refused.value.message.en
