"""A sandbox to attack, in every way of running; the same for all attempts."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from hub.sandbox import doctor
from tests.hub.cell import Cell, make_base, operator_has_python, remove
from tests.hub.fakes import FakeInstitution


@pytest.fixture(scope="package", params=["own user", "operator"])
def cell(request: pytest.FixtureRequest) -> Iterator[Cell]:
    if doctor.missing_tools():
        pytest.skip("; ".join(words.en for words in doctor.missing_tools()))
    if request.param == "own user" and os.geteuid() != 0:
        pytest.skip("own users need root")
    if request.param == "operator" and not operator_has_python():
        pytest.skip("the service's own Python is closed to other users")
    base = make_base()
    service_token = (base / "state" / "secrets" / "hub_service_token").read_text()
    try:
        with (
            FakeInstitution(str(base / "state" / "views"), service_token) as institution,
            Cell(request.param, institution, base) as started,
        ):
            yield started
    finally:
        remove(base)
