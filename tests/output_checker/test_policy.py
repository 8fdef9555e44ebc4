from pathlib import Path

import pytest

from output_checker.errors import PolicyError
from output_checker.evidence import Frame, TableEvidence
from output_checker.policy import Policy, load_policy, preset_names
from output_checker.text import Text

OWN = 'name = "own"\nversion = "1"\ntitle = {nl = "eigen", en = "own"}\n'


def table_evidence(statistic: str) -> TableEvidence:
    frame = Frame((), (), (), (), margins=False)
    return TableEvidence(Text.same("persons"), (), statistic, statistic != "count", {}, frame, (), (), ())


def test_essnet_is_ten_units_ninety_and_fifty_percent() -> None:
    rules = {name: rule.model_dump() for name, rule in load_policy("essnet").rules.items()}
    assert rules["threshold"]["minimum_units"] == 10
    assert rules["dominance"]["largest_share"] == 0.5
    assert rules["group_disclosure"]["largest_share"] == 0.9


def test_every_preset_loads_under_its_own_name() -> None:
    assert [load_policy(name).name for name in preset_names()] == preset_names()


def rules_for(policy: Policy, statistic: str) -> set[str]:
    return {rule.id for rule in policy.rules_for(table_evidence(statistic))}


def test_a_rule_that_is_not_mentioned_applies(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN + "[rules.threshold]\nminimum_units = 30\n")
    policy = load_policy(tmp_path / "own.toml")
    assert {"threshold", "dominance", "group_disclosure"} <= rules_for(policy, "sum")
    assert {"threshold", "group_disclosure"} <= rules_for(policy, "count")
    assert "dominance" not in rules_for(policy, "count")


def test_only_saying_so_switches_a_rule_off(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN + "[rules.dominance]\nenabled = false\n")
    assert "dominance" not in rules_for(load_policy(tmp_path / "own.toml"), "sum")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ("[rules.treshold]\nminimum_units = 3\n", "rules.treshold"),
        ("[rules.threshold]\nminimum = 3\n", "rules.threshold.minimum"),
        ("[rules.threshold]\nminimum_units = 0\n", "rules.threshold.minimum_units"),
        ("rules = 3\n", "rules"),
        ("minimum_units = 3\n", "minimum_units"),
    ],
)
def test_unknown_or_senseless_settings_are_refused(tmp_path: Path, more: str, field: str) -> None:
    (tmp_path / "own.toml").write_text(OWN + more)
    with pytest.raises(PolicyError) as caught:
        load_policy(tmp_path / "own.toml")
    assert caught.value.field == field


def test_an_unknown_policy_says_which_there_are() -> None:
    with pytest.raises(PolicyError, match="Choose from essnet"):
        load_policy("esnet")


def test_the_digest_covers_every_parameter() -> None:
    essnet = load_policy("essnet")
    looser = essnet.model_dump() | {"rules": {"threshold": {"minimum_units": 3}}}
    assert Policy.parse(looser).digest != essnet.digest
    assert Policy.model_validate_json(essnet.model_dump_json()).digest == essnet.digest
