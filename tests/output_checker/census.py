"""The real microdata that ships with the demo, described from the file itself."""

from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from output_checker.metadata import DatasetMetadata

FILE = Path(__file__).parents[2] / "deploy" / "demo" / "census_income.parquet"
USED = (
    *("person", "age", "education", "sex", "dividends", "major_industry", "major_occupation"),
    *("state_previous_residence", "capital_losses", "instance_weight"),
)


@cache
def frame() -> pd.DataFrame:
    return pd.read_parquet(FILE, columns=list(USED))


def _words(english: str) -> dict[str, str]:
    return {"nl": english, "en": english}


def _variable(name: str, column: "pd.Series[Any]") -> dict[str, Any]:
    described: dict[str, Any] = {"name": name, "label": _words(name)}
    if name == "person":
        return described | {"type": "integer", "role": "identifier"}
    if name == "instance_weight":
        return described | {"type": "number", "role": "weight"}
    if column.dtype.kind == "i":
        return described | {
            "type": "integer",
            "role": "measure",
            "bounds": [0, 90 if name == "age" else 99_999],
        }
    codes = {str(code): _words(str(code)) for code in sorted(column.unique())}
    return described | {"type": "category", "role": "quasi_identifier", "codes": codes}


@cache
def metadata() -> DatasetMetadata:
    return DatasetMetadata.parse(
        {
            "name": "census_income",
            "version": "1",
            "title": _words("Census income"),
            "population": _words("Persons in the Current Population Survey of 1994 and 1995"),
            "source": _words("US Census Bureau"),
            "licence": "CC BY 4.0",
            "units": {"person": {"key": "person", "label": _words("persons"), "one_row_per_unit": True}},
            "variables": [_variable(name, frame()[name]) for name in USED],
        }
    )
