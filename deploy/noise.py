"""`enclave noise`: what an answer with noise would cost and how far off it would be. It reads no values and spends nothing."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.judge import ExitCode, complain

if TYPE_CHECKING:
    from output_checker.noise.documents import ExpectedError
    from output_checker.noise.plan import NoisePlan
    from output_checker.text import Language

    Curve = list[tuple[float, float]]


def noise(
    data: Annotated[Path, typer.Option(help="The microdata, a Parquet file.")],
    metadata: Annotated[Path, typer.Option(help="Its metadata, JSON or TOML.")],
    query: Annotated[Path, typer.Option(help="The query with its noise, JSON or TOML.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write costs and errors as JSON.")] = False,
    lang: Annotated[str, typer.Option(help="Language of the answer: nl or en.")] = "en",
) -> None:
    """Tell the cost and the expected error of an answer with noise, and of others beside it; exit code 3 is bad input."""
    from output_checker.dataset import Dataset
    from output_checker.errors import OutputCheckerError
    from output_checker.metadata import DatasetMetadata
    from output_checker.noise.expectation import error_by_budget, expected_errors
    from output_checker.noise.plan import plan_of
    from output_checker.query import Query

    language: Language = "nl" if lang == "nl" else "en"
    try:
        described = DatasetMetadata.load(metadata)
        plan = plan_of(Query.load(query), Dataset(described, data))
    except OutputCheckerError as error:
        complain(error, as_json, language)
        raise typer.Exit(ExitCode.BAD_INPUT) from None
    expected = expected_errors(plan, described.unit_label(plan.unit))
    curve = error_by_budget(plan)
    told = _as_json(plan, expected, curve) if as_json else _in_words(plan, expected, curve, language)
    sys.stdout.write(told)


def _as_json(plan: "NoisePlan", expected: "tuple[ExpectedError, ...]", curve: "Curve") -> str:
    costs = {
        unit: {"nano_rho": loss.nano_rho, "nano_epsilon": loss.nano_epsilon}
        for unit, loss in plan.losses.items()
    }
    content = {
        "costs": costs,
        "expected": [one.model_dump(mode="json") for one in expected],
        "error_by_budget": [{"budget": budget, "error": error} for budget, error in curve],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _in_words(
    plan: "NoisePlan", expected: "tuple[ExpectedError, ...]", curve: "Curve", language: "Language"
) -> str:
    costs = [
        f"{unit}: rho {loss.rho:g}" + ("" if loss.epsilon is None else f", epsilon {loss.epsilon:g}")
        for unit, loss in plan.losses.items()
    ]
    errors = [
        f"{one.statistic} ({' × '.join(one.level) or '-'}): {one.words.in_language(language)}"
        for one in expected
    ]
    by_budget = [
        f"{'epsilon' if plan.noise.pure else 'rho'} {budget:g}: ± {error:.3g}" for budget, error in curve
    ]
    return "\n".join([*costs, *errors, _BY_BUDGET[language], *by_budget]) + "\n"


_BY_BUDGET = {
    "nl": "Fout van de binnenste cellen voor een ander budget:",
    "en": "Error of the inner cells for another budget:",
}
