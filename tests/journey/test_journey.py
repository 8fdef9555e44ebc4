"""The seven steps of the main job, performed for real and in order."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.journey import Journey, Step
from deploy.demo.steps import STEPS
from tests.journey.conftest import Environment

pytestmark = [pytest.mark.journey, pytest.mark.sandbox]


@pytest.fixture(scope="module")
def journey(environment: Environment) -> Iterator[Journey]:
    one = environment.journey("journey")
    with one.stack:
        yield one


@pytest.fixture(scope="module")
def performed() -> list[Step]:
    return []


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.perform.__name__)
def test_step(journey: Journey, step: Step, performed: list[Step]) -> None:
    assert step is STEPS[len(performed)], "an earlier step did not succeed"
    lines = [line.en for line in step.perform(journey)]
    performed.append(step)
    assert lines
    for line in lines:
        print(line)  # noqa: T201 - shown by pytest when a later step fails


def test_the_released_table_is_a_plain_csv_with_every_cell_of_the_request(journey: Journey) -> None:
    table = journey.table
    assert isinstance(table, Path)
    lines = table.read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) > 4
    assert len({line.count(",") for line in lines}) == 1


def test_nothing_of_the_secrets_is_in_what_was_shown_or_downloaded(journey: Journey) -> None:
    secrets = [path.read_bytes().strip() for path in (journey.installation.state_dir / "secrets").iterdir()]
    for path in [*journey.downloads.iterdir(), *(journey.installation.state_dir / "logs").iterdir()]:
        content = path.read_bytes()
        assert not any(secret in content for secret in secrets), path.name
