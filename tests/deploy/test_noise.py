"""`enclave noise` tells the cost and the error from the catalogue alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs/reference/examples"


def told(query: str, *more: str) -> tuple[int, str]:
    result = CliRunner().invoke(
        app,
        [
            *("noise", "--data", str(ROOT / "deploy/demo/census_income.parquet")),
            *("--metadata", str(EXAMPLES / "census_income.metadata.json")),
            *("--query", str(EXAMPLES / query)),
            *more,
        ],
    )
    return result.exit_code, result.output


def test_the_published_example_tells_cost_and_error() -> None:
    code, words = told("education-noise.query.toml", "--lang", "nl")
    assert code == 0
    assert "person: rho 0.125, epsilon 0.5" in words
    assert "count (education × sex): 95 % van de cellen binnen" in words
    assert "count (-): " in words
    assert "epsilon 5: ± " in words.split("Fout van de binnenste cellen voor een ander budget:\n")[1]


def test_for_programs() -> None:
    code, words = told("education-noise.query.toml", "--json")
    assert code == 0
    content = json.loads(words)
    assert content["costs"]["person"] == {"nano_rho": 125_000_000, "nano_epsilon": 500_000_000}
    assert {one["statistic"] for one in content["expected"]} == {"count"}
    errors = {one["budget"]: one["error"] for one in content["error_by_budget"]}
    assert errors[0.5] == content["expected"][0]["margin"]
    assert errors[0.05] > errors[0.5] > errors[5]


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_query_without_noise_is_bad_input(more: tuple[str, ...]) -> None:
    code, words = told("education-by-sex.query.json", *more)
    assert code == 3
    assert "does not say how much noise" in words
