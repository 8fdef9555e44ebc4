"""The real microdata that ships with the demo, with the metadata of the published examples."""

from functools import cache
from pathlib import Path

import pandas as pd

from output_checker.metadata import DatasetMetadata

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "demo" / "census_income.parquet"
EXAMPLES = ROOT / "docs" / "reference" / "examples"
METADATA = EXAMPLES / "census_income.metadata.json"


@cache
def metadata() -> DatasetMetadata:
    return DatasetMetadata.load(METADATA)


@cache
def frame() -> pd.DataFrame:
    return pd.read_parquet(FILE, columns=list(metadata().columns))
