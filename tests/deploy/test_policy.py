"""`enclave policy explain`: what somebody who has to choose a policy reads."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from output_checker.policy import preset_names
from output_checker.rules import known_rules


def explain(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["policy", "explain", *arguments])
    return result.exit_code, result.output


@pytest.mark.parametrize("name", preset_names())
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_rule_of_every_preset_is_explained(name: str, language: str) -> None:
    code, said = explain(name, "--lang", language)
    assert code == 0
    for rule in known_rules().values():
        assert f"{rule.id}: {rule.title.nl if language == 'nl' else rule.title.en}" in said
        assert rule.source in said


def test_a_parameter_has_its_value_its_meaning_and_its_direction() -> None:
    _, said = explain("essnet")
    assert "minimum_units = 10: minimum number of units behind a number (higher is stricter)" in said
    assert "reviewers = 2: output checkers who must agree (higher is stricter)" in said
    assert "A cell fails when" in said
    _, said = explain("essnet", "--lang", "nl")
    assert "largest_share = 0.5: hoogste aandeel van één eenheid in een totaal (lager is strenger)" in said


def test_what_a_policy_builds_on_and_what_is_off_is_told(tmp_path: Path) -> None:
    assert "Tightens: essnet" in explain("business")[1]
    own = tmp_path / "own.toml"
    own.write_text(
        'name = "own"\nversion = "1"\ntitle = {nl = "eigen", en = "own"}\n[rules.dominance]\nenabled = false\n'
    )
    assert "dominance: Dominance (switched off)" in explain(str(own))[1]
    assert "dominance: Dominantie (uitgeschakeld)" in explain(str(own), "--lang", "nl")[1]


def test_an_unknown_policy_is_refused_in_words() -> None:
    code, said = explain("esnet")
    assert code == 3
    assert "There is no such policy." in said
