"""The reference pages in the repository are what the code says now, and they leave nothing out."""

from __future__ import annotations

import pytest

from api.access.conditions import GRANTABLE, REGISTRY
from api.access.doors import RULES, Door
from api.applications.models import ApplicationState
from api.people.models import Role
from api.requests.models import RequestState
from api.settings import Settings as ApiSettings
from deploy.reference import DIRECTORY, PAGES, table
from hub.settings import Settings as HubSettings
from output_checker.files.inspection import known_file_rules
from output_checker.files.inspectors import known_inspectors
from output_checker.files.kinds import KINDS, REFUSED
from output_checker.files.limits import FileLimits
from output_checker.policy import preset_names
from output_checker.rules import known_rules

ASKED = set(REGISTRY) | {one.condition for rule in RULES.values() for one in rule.conditions}
SETTINGS = {f"ENCLAVE_{name.upper()}" for kind in (ApiSettings, HubSettings) for name in kind.model_fields}


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_current(name: str) -> None:
    committed = (DIRECTORY / name).read_text(encoding="utf-8")
    assert committed == PAGES[name](), "run `python -m deploy.reference`"


@pytest.mark.parametrize(
    ("name", "things"),
    [
        ("settings.md", SETTINGS),
        ("rules.md", {*known_rules(), *preset_names()}),
        ("states.md", {*RequestState, *ApplicationState}),
        ("files.md", {*known_file_rules(), *known_inspectors(), *FileLimits.model_fields}),
        ("files.md", {f".{extension}" for kind in KINDS for extension in kind.extensions}),
        ("files.md", {f".{extension}" for _, extensions, _ in REFUSED.values() for extension in extensions}),
        ("conditions.md", ASKED),
        (
            "conditions.md",
            {field for kind in GRANTABLE.values() for field in kind.model_fields} - {"condition"},
        ),
        ("roles.md", {*Role, *Door}),
    ],
)
def test_a_page_names_everything_there_is(name: str, things: set[str]) -> None:
    page = PAGES[name]()
    assert {thing for thing in things if f"`{thing}`" not in page} == set()


def test_every_setting_says_what_it_means() -> None:
    kinds = (ApiSettings, HubSettings)
    assert [
        name for kind in kinds for name, field in kind.model_fields.items() if not field.description
    ] == []


def test_a_cell_stays_one_cell() -> None:
    assert table(["a"], [["x|y\nz"]]) == ["| a |", "| --- |", "| x\\|y z |"]
