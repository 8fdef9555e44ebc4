"""The description of the api holds for whatever is sent: no answer that it does not tell of, and never a failure of ours.

Examples are made by schemathesis from the description, the same ones each time: valid ones and spoiled ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis import openapi as descriptions
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.identity.limits import Limits
from tests.api.flow import prepare
from tests.api.sweep.town import Town, town

EXAMPLES = 12
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
TRIED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, migrated: Path, secrets_directory: Path
) -> Iterator[Town]:
    prepared = prepare(tmp_path_factory.mktemp("described"), migrated, secrets_directory)
    with town(prepared.flow) as made:
        yield made


DOORS = {"/internal/": ("hub",), "/sandbox/": ("sandbox",)}
PEOPLE = ("author", "checker", "administrator", "auditor")
"""Who comes to an address that is not for a token."""


@dataclass(frozen=True)
class Asked:
    """An example, who sends it, and which thing it is about if it is to be about one that is there (None: as made)."""

    case: Case
    visitor: str
    about: str | None


def examples(operation: APIOperation) -> st.SearchStrategy[Asked]:
    """Valid and spoiled examples, half of them about things that exist."""
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    start = f"/{operation.path.split('/')[1]}/"
    return st.builds(
        Asked,
        st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes)),
        st.sampled_from(DOORS.get(start, PEOPLE)),
        st.sampled_from((None, None, None, *_there(operation.path))),
    )


def _there(path: str) -> tuple[str, ...]:
    """What `number` may mean in `path`: of applications and of requests, as there are in the town."""
    if path.startswith("/api/applications"):
        return ("application", "application", "worded")
    return ("waiting", "returned", "released")


def send(place: Town, asked: Asked) -> httpx.Response:
    """Send an example with what its visitor carries."""
    case = asked.case
    if asked.about:
        known = place.things | {"number": place.things[asked.about]}
        case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
    sent = case.as_transport_kwargs(base_url=str(place.client.base_url))
    body = sent.pop("data", None)
    if body is not None:
        sent["data" if isinstance(body, dict) else "content"] = body
    del sent["cookies"]
    return place.ask(asked.visitor, sent.pop("method"), sent.pop("url"), **sent)


def test_every_answer_is_described_and_none_is_a_failure(place: Town) -> None:
    app = place.client.app
    operations = [found.ok() for found in descriptions.from_dict(app.openapi()).get_all_operations()]
    assert len(operations) > 30
    for operation in operations:

        @TRIED
        @given(examples(operation))
        def hold(asked: Asked) -> None:
            # Nobody asks this often: what is tried here is not the limit.
            app.state.limits = Limits()
            asked.case.validate_response(send(place, asked), checks=CHECKS)

        hold()
