"""The metadata of the demo's datasets: code lists and words from the TOML files beside this module, places from `places`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.demo.places import MUNICIPALITIES, Neighbourhood
from output_checker.metadata import DatasetMetadata, Group, Grouping, Unit, Variable
from output_checker.text import Text

HERE = Path(__file__).parent
VERSION = "2026.1"
CC_BY = "CC BY 4.0"

AMERICAN = Text(
    nl=(
        "Echte deelnemers aan een Amerikaanse enquête (Current Population Survey, 1994 en 1995). De Nederlandse gemeenten, "
        "wijken en buurten, de huishoudens en de sleutels zijn verzonnen: niemand in dit bestand woont daar."
    ),
    en=(
        "Real respondents of an American survey (Current Population Survey, 1994 and 1995). The Dutch municipalities, "
        "districts and neighbourhoods, the households and the keys are made up: nobody in this file lives there."
    ),
)
SURVEY = Text(
    nl="US Census Bureau, via UCI Machine Learning Repository, Census-Income (KDD); Nederlandse sleutels toegevoegd.",
    en="US Census Bureau, through UCI Machine Learning Repository, Census-Income (KDD); Dutch keys added.",
)
INVENTED = Text(
    nl="Verzonnen bedrijven: geen ervan bestaat. De scheefheid van omzetten volgt die van echte registers.",
    en="Made-up businesses: none of them exists. The skew of turnovers follows that of real registers.",
)


def census_metadata(places: Sequence[Neighbourhood]) -> DatasetMetadata:
    """Return the metadata of ``census_income``: units person and household."""
    keys = (
        _key("person", "integer", "Persoon", "Person"),
        _key("household", "integer", "Huishouden", "Household"),
    )
    return DatasetMetadata(
        name="census_income",
        version=VERSION,
        title=Text(nl="Inkomen en werk van personen", en="Income and work of persons"),
        population=AMERICAN,
        source=SURVEY,
        licence=CC_BY,
        units={
            "person": Unit(key="person", label=Text(nl="personen", en="persons"), one_row_per_unit=True),
            "household": Unit(key="household", label=Text(nl="huishoudens", en="households")),
        },
        variables=(*keys, *_places(places), *_variables("census_income")),
    )


def business_metadata(places: Sequence[Neighbourhood]) -> DatasetMetadata:
    """Return the metadata of ``business_register``: units business and holding."""
    keys = (
        _key("business", "text-key", "Bedrijf", "Business"),
        _key("holding", "text-key", "Concern", "Holding"),
    )
    return DatasetMetadata(
        name="business_register",
        version=VERSION,
        title=Text(nl="Bedrijvenregister", en="Business register"),
        population=INVENTED,
        source=Text(nl="Verzonnen voor deze demonstratie.", en="Made up for this demonstration."),
        licence=CC_BY,
        units={
            "business": Unit(
                key="business", label=Text(nl="bedrijven", en="businesses"), one_row_per_unit=True
            ),
            "holding": Unit(key="holding", label=Text(nl="concerns", en="holdings")),
        },
        variables=(*keys, *_places(places), *_variables("business_register")),
    )


def _key(name: str, kind: Any, nl: str, en: str) -> Variable:
    label = Text(nl=f"{nl} (pseudonieme sleutel)", en=f"{en} (pseudonymous key)")
    return Variable(name=name, type=kind, role="identifier", label=label)


def _places(places: Sequence[Neighbourhood]) -> tuple[Variable, ...]:
    return (
        _place("municipality", "Gemeente", "Municipality", {m.code: m.name for m in MUNICIPALITIES}),
        _place("district", "Wijk", "District", {p.district: p.district_name for p in places}),
        _place("neighbourhood", "Buurt", "Neighbourhood", {p.code: p.name for p in places}),
    )


def _place(name: str, nl: str, en: str, names: dict[str, str]) -> Variable:
    codes = {code: Text(nl=words, en=words) for code, words in names.items()}
    label = Text(nl=f"{nl} (toegevoegd)", en=f"{en} (added)")
    return Variable(name=name, type="category", role="quasi_identifier", label=label, codes=codes)


def _variables(dataset: str) -> tuple[Variable, ...]:
    described = tomllib.loads((HERE / f"{dataset}.toml").read_text(encoding="utf-8"))
    return tuple(_variable(name, words) for name, words in described.items())


def _variable(name: str, words: dict[str, Any]) -> Variable:
    bounds = words.get("bounds")
    return Variable(
        name=name,
        type=words["type"],
        role=words["role"],
        label=_text(words),
        codes={code: _label(code, label) for code, label in words.get("codes", {}).items()},
        groupings={key: _grouping(grouping) for key, grouping in words.get("groupings", {}).items()},
        bounds=(bounds[0], bounds[1]) if bounds else None,
        unit_of_measure=words.get("unit_of_measure"),
    )


def _grouping(words: dict[str, Any]) -> Grouping:
    groups = {
        code: Group(label=_text(group), codes=tuple(group["codes"]))
        for code, group in words["groups"].items()
    }
    return Grouping(label=_text(words), groups=groups)


def _label(code: str, label: str | dict[str, str]) -> Text:
    return _text(label) if isinstance(label, dict) else Text(nl=label, en=code)


def _text(words: dict[str, str]) -> Text:
    return Text(nl=words["nl"], en=words["en"])
