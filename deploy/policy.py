"""`enclave policy`: what a policy asks, in words, for people who have to choose or to answer for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.judge import ExitCode

if TYPE_CHECKING:
    from output_checker.documents import Part
    from output_checker.policy import Policy
    from output_checker.rules.base import Rule
    from output_checker.text import Language

app = typer.Typer(no_args_is_help=True, help="Policies: which rules apply, and how strictly.")


@app.callback()
def _policies() -> None:
    """Keep `explain` a command of its own, also while it is the only one."""


@app.command()
def explain(
    name: Annotated[str, typer.Argument(help="A preset, or a TOML or JSON file.")],
    lang: Annotated[str, typer.Option(help="Language of the explanation: nl or en.")] = "en",
) -> None:
    """Print each rule of a policy: its parameters with their meaning, its formula and its source."""
    from output_checker.errors import OutputCheckerError
    from output_checker.policy import load_policy

    language: Language = "nl" if lang == "nl" else "en"
    try:
        lines = explained(load_policy(name), language)
    except OutputCheckerError as error:
        typer.echo(error.in_language(language), err=True)
        raise typer.Exit(ExitCode.BAD_INPUT) from None
    typer.echo("\n".join(lines))


def explained(policy: Policy, language: Language) -> list[str]:
    """Return the explanation of a policy, line by line."""
    from output_checker.text import Text

    lines = [f"{policy.name} {policy.version}: {policy.title.in_language(language)}"]
    if policy.based_on:
        builds = Text(nl="Scherpt aan", en="Tightens").in_language(language)
        lines.append(f"{builds}: {', '.join(policy.based_on)}")
    lines += _parameters(policy, language)
    for rule in policy.rules.values():
        lines += ["", *_rule(rule, language)]
    return lines


def _rule(rule: Rule, language: Language) -> Iterator[str]:
    from output_checker.text import Text

    off = Text(nl=" (uitgeschakeld)", en=" (switched off)").in_language(language)
    yield f"{rule.id}: {rule.title.in_language(language)}{'' if rule.enabled else off}"
    yield from _parameters(rule, language)
    if language == "en":
        yield f"  {' '.join((rule.__doc__ or '').split())}"
    yield f"  {Text(nl='Bron', en='Source').in_language(language)}: {rule.source}"


def _parameters(part: Part, language: Language) -> Iterator[str]:
    """Each parameter with its value, its meaning, and which way it gets stricter."""
    from output_checker.text import Text

    directions = {
        "higher": Text(nl="hoger is strenger", en="higher is stricter"),
        "lower": Text(nl="lager is strenger", en="lower is stricter"),
        "fixed": Text(nl="ligt vast", en="fixed"),
    }
    for name, field in type(part).model_fields.items():
        declared = field.json_schema_extra
        meaning = declared.get("meaning") if isinstance(declared, dict) else None
        if name != "enabled" and isinstance(declared, dict) and isinstance(meaning, dict):
            words = Text(nl=str(meaning["nl"]), en=str(meaning["en"])).in_language(language)
            direction = directions[str(declared["stricter"])].in_language(language)
            yield f"  {name} = {getattr(part, name)}: {words} ({direction})"
