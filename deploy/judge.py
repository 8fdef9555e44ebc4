"""`enclave judge`: judge a query without any server, for users of R, Stata and scripts, and for tests."""

import json
import sys
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from output_checker.dataset import Dataset
    from output_checker.errors import OutputCheckerError
    from output_checker.policy import Policy
    from output_checker.query import Query
    from output_checker.text import Language
    from output_checker.verdict import Verdict


class ExitCode(IntEnum):
    """What a script learns from `enclave judge`."""

    PASS = 0
    FAIL = 1
    REVIEW = 2
    BAD_INPUT = 3


def judge(
    data: Annotated[Path, typer.Option(help="The microdata, a Parquet file.")],
    metadata: Annotated[Path, typer.Option(help="Its metadata, JSON or TOML.")],
    query: Annotated[Path, typer.Option(help="The query, JSON or TOML.")],
    policy: Annotated[str, typer.Option(help="A preset, or a TOML or JSON file.")] = "essnet",
    own: Annotated[
        list[Path] | None, typer.Option(help="Values of own variables that the query names, Parquet files.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the whole verdict as JSON.")] = False,
    lang: Annotated[str, typer.Option(help="Language of the answer: nl or en.")] = "en",
) -> None:
    """Judge one query; exit code 0 is pass, 1 fail, 2 review, 3 bad input."""
    from output_checker.errors import OutputCheckerError
    from output_checker.judge import judge as judge_query

    language: Language = "nl" if lang == "nl" else "en"
    try:
        asked, dataset, rules = _inputs(data, metadata, query, policy, own or [])
        verdict = judge_query(asked, dataset, rules)
    except OutputCheckerError as error:
        complain(error, as_json, language)
        raise typer.Exit(ExitCode.BAD_INPUT) from None
    _show(verdict, as_json, language)
    if not as_json:
        _propose(asked, verdict, dataset, rules, language)
    raise typer.Exit(ExitCode[verdict.outcome.name])


def _inputs(
    data: Path, metadata: Path, query: Path, policy: str, own: list[Path]
) -> "tuple[Query, Dataset, Policy]":
    """Nobody registered these files, so what the metadata says about the columns used is verified first."""
    from output_checker.dataset import Dataset, file_digest
    from output_checker.metadata import DatasetMetadata
    from output_checker.policy import load_policy
    from output_checker.query import Query
    from output_checker.registration import verify_metadata

    asked, described = Query.load(query), DatasetMetadata.load(metadata)
    rules = load_policy(policy)
    verified = verify_metadata(described, data)
    supplied = {file_digest(path): path for path in own}
    return asked, Dataset(verified, data, supplied=supplied), rules


def complain(error: "OutputCheckerError", as_json: bool, language: "Language") -> None:
    """Say what was wrong: in words on standard error, or as JSON on standard output."""
    from dataclasses import asdict

    if not as_json:
        typer.echo(error.in_language(language), err=True)
        return
    remedy = asdict(error.remedy) if error.remedy else None
    content = {"code": error.code, "field": error.field, "message": asdict(error.message), "remedy": remedy}
    sys.stdout.write(json.dumps({"error": content}, ensure_ascii=False) + "\n")


def _show(verdict: "Verdict", as_json: bool, language: "Language") -> None:
    from output_checker.notebook.display import as_text

    typer.echo(verdict.model_dump_json(indent=2) if as_json else as_text(verdict, language))


def _propose(
    query: "Query", verdict: "Verdict", dataset: "Dataset", policy: "Policy", language: "Language"
) -> None:
    """After the verdict, so that nobody waits for it: each proposal with the fields of the query that change."""
    from output_checker.notebook.display import text_ways_out
    from output_checker.proposals.search import propose

    lines = [
        f"{one.words.in_language(language)}\n  {json.dumps(one.changes(query), ensure_ascii=False)}"
        for one in propose(query, verdict, dataset, policy)
    ]
    for line in text_ways_out(lines, language):
        typer.echo(line)
