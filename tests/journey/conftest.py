"""A real environment for the journeys: all processes, real sandboxes, free ports, a state directory of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.demo import accounts, show
from deploy.demo.journey import Journey
from deploy.installation import Installation


@dataclass(frozen=True)
class Environment:
    """A running environment with the demo's people in it."""

    installation: Installation
    accounts: dict[str, accounts.Account]
    directory: Path

    def journey(self, name: str) -> Journey:
        return Journey(self.installation, self.accounts, "en", self.directory / name)


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    directory: Path = tmp_path_factory.mktemp("environment")
    state = directory / "state"
    installation = show.prepare(state, Installation.on_free_ports(state))
    # A job whose worker was killed is taken up again after its lease: nobody wants to wait two minutes in a test.
    with show.running(installation, ENCLAVE_JOB_LEASE_SECONDS="3"):
        yield Environment(installation, accounts.read(state), directory)
