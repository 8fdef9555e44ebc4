"""Evidence behind made-up inferences, for tests of the rules on them."""

from __future__ import annotations

from typing import Any

from output_checker.inference import CorrelationEvidence, Group, ModelEvidence
from output_checker.statbarns import Statbarn
from output_checker.text import Text

PERSONS = Text(nl="personen", en="persons")
HOUSEHOLDS = Text(nl="huishoudens", en="households")


def group(units: int, households: int = 100, cells: tuple[int, ...] = (0, 1), name: str = "area: b") -> Group:
    return Group(Text.same(name), units, (households,), cells)


def _common(**changes: Any) -> dict[str, Any]:
    usual = {
        "unit": PERSONS,
        "other_units": (HOUSEHOLDS,),
        "family": Statbarn.CORRELATION_COEFFICIENTS,
        "cells": (0, 1, 2, 3),
        "units": 100,
        "degrees_of_freedom": 90,
    }
    return usual | changes


def model(**changes: Any) -> ModelEvidence:
    return ModelEvidence(**_common(**changes))


def correlations(*found: float) -> CorrelationEvidence:
    return CorrelationEvidence(
        **_common(), coefficients=tuple((r, (place,)) for place, r in enumerate(found))
    )
