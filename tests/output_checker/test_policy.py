from pathlib import Path
from typing import Annotated, Any

import pytest

from output_checker.errors import PolicyError
from output_checker.evidence import Frame, TableEvidence
from output_checker.policy import Policy, check_tightens, load_policy, preset_names
from output_checker.rules.base import parameter
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
    with pytest.raises(PolicyError, match="Choose from acro, business, datashield, essnet"):
        load_policy("esnet")


def test_the_digest_covers_every_parameter() -> None:
    essnet = load_policy("essnet")
    looser = essnet.model_dump() | {"rules": {"threshold": {"minimum_units": 3}}}
    assert Policy.parse(looser).digest != essnet.digest
    assert Policy.model_validate_json(essnet.model_dump_json()).digest == essnet.digest


CENTRE = OWN + 'extends = "essnet"\n'


def centre(directory: Path, more: str = "", name: str = "centre") -> Path:
    path = directory / f"{name}.toml"
    path.write_text(CENTRE + more)
    return path


def test_a_policy_takes_what_it_does_not_say_from_the_one_that_it_builds_on(tmp_path: Path) -> None:
    policy = load_policy(centre(tmp_path, "[rules.threshold]\nminimum_units = 30\n"))
    essnet = load_policy("essnet")
    assert policy.rules["threshold"].model_dump()["minimum_units"] == 30
    assert policy.rules["dominance"] == essnet.rules["dominance"]
    assert (policy.based_on, policy.reviewers, policy.name) == (("essnet",), essnet.reviewers, "own")


def test_a_project_builds_on_its_centre(tmp_path: Path) -> None:
    centre(tmp_path, "[rules.threshold]\nminimum_units = 30\n")
    project = tmp_path / "project.toml"
    project.write_text(
        CENTRE.replace("essnet", "centre.toml").replace('"own"\nv', '"project"\nv') + "reviewers = 3\n"
    )
    policy = load_policy(project)
    assert policy.based_on == ("own", "essnet")
    assert policy.rules["threshold"].model_dump()["minimum_units"] == 30
    project.write_text(project.read_text() + "[rules.threshold]\nminimum_units = 20\n")
    with pytest.raises(PolicyError) as caught:
        load_policy(project)
    assert caught.value.field == "rules.threshold.minimum_units"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ("reviewers = 1\n", "reviewers"),
        ("largest_table = 200_000\n", "largest_table"),
        ("[rules.threshold]\nminimum_units = 9\n", "rules.threshold.minimum_units"),
        ("[rules.dominance]\nlargest_share = 0.6\n", "rules.dominance.largest_share"),
        ("[rules.dominance]\nenabled = false\n", "rules.dominance.enabled"),
        ("[rules.threshold]\nminimum_units = 'x'\n", "rules.threshold.minimum_units"),
        ("rules = 3\n", "rules"),
        ("[rules]\nthreshold = 3\n", "rules.threshold"),
    ],
)
def test_a_policy_that_builds_on_another_may_only_tighten_it(tmp_path: Path, more: str, field: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_policy(centre(tmp_path, more))
    assert caught.value.field == field


def test_a_rule_that_is_off_may_be_switched_on_in_any_way(tmp_path: Path) -> None:
    lenient = OWN + "[rules.dominance]\nenabled = false\nlargest_share = 0.2\n"
    (tmp_path / "lenient.toml").write_text(lenient)
    more = "[rules.dominance]\nenabled = true\nlargest_share = 0.9\n"
    (tmp_path / "own.toml").write_text(CENTRE.replace("essnet", "lenient.toml") + more)
    assert load_policy(tmp_path / "own.toml").rules["dominance"].enabled


@pytest.mark.parametrize("base", ["own.toml", "nowhere.toml", "elsewhere.txt", "esnet", "../essnet"])
def test_a_policy_cannot_build_on_itself_or_on_nothing(tmp_path: Path, base: str) -> None:
    (tmp_path / "own.toml").write_text(CENTRE.replace("essnet", base))
    with pytest.raises(PolicyError):
        load_policy(tmp_path / "own.toml")


def test_a_document_without_a_file_builds_on_presets_only() -> None:
    document = {"name": "own", "version": "1", "title": {"nl": "eigen", "en": "own"}}
    assert Policy.parse({**document, "extends": "essnet"}).based_on == ("essnet",)
    with pytest.raises(PolicyError):
        Policy.parse({**document, "extends": "centre.toml"})


@pytest.mark.parametrize(
    ("stricter", "before", "after", "allowed"),
    [
        ("fixed", "a", "b", False),
        ("fixed", "a", "a", True),
        ("higher", None, 3, True),
        ("higher", 3, None, False),
        ("lower", 0.5, 0.4, True),
        ("higher", True, False, False),
    ],
)
def test_each_parameter_has_its_own_direction(stricter: str, before: Any, after: Any, allowed: bool) -> None:
    class Base(Policy):
        limit: Annotated[Any, parameter(stricter, Text.same("limit"))] = None  # type: ignore[arg-type]

    document = load_policy("essnet").model_dump()
    pair = (
        Base.model_validate({**document, "limit": before}),
        Base.model_validate({**document, "limit": after}),
    )
    if allowed:
        check_tightens(*pair)
        return
    with pytest.raises(PolicyError, match="looser"):
        check_tightens(*pair)


def test_every_preset_says_what_its_source_says() -> None:
    limits = {
        name: load_policy(name).rules["threshold"].model_dump()["minimum_units"] for name in preset_names()
    }
    assert limits == {"acro": 10, "business": 10, "datashield": 3, "essnet": 10, "opensafely": 8}
