"""A town whose true numbers are known and stand out: whoever shows one of them shows it to the tests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from api.access.models import DatasetView, Project
from api.catalogue.service import register_dataset
from api.people.models import Person, Role
from output_checker.metadata import DatasetMetadata
from tests.api.factories import acting
from tests.api.flow import SEXES, Flow

NAME = "residents"
DISTRICTS = {"C": "Centrum", "N": "Noord", "O": "Oost", "Z": "Zuid"}
PLANTED = {
    ("C", "F"): 1_847,
    ("C", "M"): 1_523,
    ("N", "F"): 2_711,
    ("N", "M"): 2_957,
    ("O", "F"): 641,
    ("O", "M"): 587,
    ("Z", "F"): 3_169,
    ("Z", "M"): 2_203,
}
"""How many live there, by district and sex."""

_NUMBER = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?![\w])")


def true_numbers() -> set[float]:
    """Every count of the town: cells, both kinds of totals, and all of it."""
    by_district = {sum(PLANTED[district, sex] for sex in SEXES) for district in DISTRICTS}
    by_sex = {sum(PLANTED[district, sex] for district in DISTRICTS) for sex in SEXES}
    return {*map(float, {*PLANTED.values(), *by_district, *by_sex, sum(PLANTED.values())})}


def numbers_in(text: str) -> set[float]:
    """Every number that stands by itself in a text, with or without commas between thousands."""
    return {float(one.replace(",", "")) for one in _NUMBER.findall(text)}


def told(text: str, hidden: set[float]) -> list[str]:
    """Where a text tells one of these numbers."""
    found = (one for one in _NUMBER.finditer(text) if float(one[0].replace(",", "")) in hidden)
    return [text[max(0, one.start() - 80) : one.end() + 40] for one in found]


def plant(flow: Flow) -> None:
    """Register the town, and let the project see it."""
    path = _written(flow.settings.state_dir / f"{NAME}.parquet")
    with flow.database.transaction() as session:
        steward = acting(session.get_one(Person, flow.world.steward.id), Role.STEWARD)
        version = register_dataset(session, steward, flow.settings, _metadata(), path)
        view = DatasetView(
            project=session.get_one(Project, flow.world.project.id),
            dataset_version=version,
            columns=["district", "sex", "hours"],
            row_filter=None,
            approved_by_id=flow.world.steward.id,
        )
        session.add(view)


def _written(path: Path) -> Path:
    cells = [cell for cell, number in PLANTED.items() for _ in range(number)]
    columns = {
        "person": range(len(cells)),
        "district": [district for district, _ in cells],
        "sex": [sex for _, sex in cells],
        "hours": [16 + place % 24 for place in range(len(cells))],
    }
    pq.write_table(pa.table({name: list(values) for name, values in columns.items()}), path)
    return path


def _metadata() -> DatasetMetadata:
    unit = {"key": "person", "label": {"nl": "inwoners", "en": "residents"}, "one_row_per_unit": True}
    hours = {"label": {"nl": "Uren werk per week", "en": "Hours of work a week"}, "bounds": [0, 60]}
    variables = [
        _variable("person", "integer", "identifier", {"label": {"nl": "Persoon", "en": "Person"}}),
        _variable("district", "category", "quasi_identifier", _codes("Stadsdeel", "District", DISTRICTS)),
        _variable(
            "sex",
            "category",
            "quasi_identifier",
            {"label": {"nl": "Geslacht", "en": "Sex"}, "codes": SEXES},
        ),
        _variable("hours", "integer", "sensitive", hours),
    ]
    document = {
        "name": NAME,
        "version": "2026",
        "title": {"nl": "Inwoners", "en": "Residents"},
        "population": {"nl": "alle inwoners van Heerlen", "en": "all residents of Heerlen"},
        "source": {"nl": "verzonnen", "en": "made up"},
        "licence": "CC0",
        "units": {"person": unit},
        "variables": variables,
    }
    return DatasetMetadata.parse(document)


def _variable(name: str, kind: str, role: str, said: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "type": kind, "role": role, **said}


def _codes(nl: str, en: str, names: dict[str, str]) -> dict[str, Any]:
    codes = {code: {"nl": name, "en": name} for code, name in names.items()}
    return {"label": {"nl": nl, "en": en}, "codes": codes}
