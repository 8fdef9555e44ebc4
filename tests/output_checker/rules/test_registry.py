from output_checker.evidence import STATBARN_OF
from output_checker.rules import known_rules
from output_checker.rules.base import cells_are, percent
from output_checker.statbarns import Statbarn
from output_checker.text import Text


def test_every_rule_has_an_id_a_title_and_a_source() -> None:
    rules = known_rules()
    assert {"threshold", "dominance", "group_disclosure"} <= set(rules)
    assert all(
        rule.id == name and rule.title.nl and rule.title.en and rule.source for name, rule in rules.items()
    )


def test_every_statistic_has_a_rule_that_concerns_it() -> None:
    families = frozenset[Statbarn]().union(*(rule.statbarns for rule in known_rules().values()))
    assert set(STATBARN_OF.values()) <= families


def test_a_mean_has_the_risks_of_its_sum() -> None:
    assert STATBARN_OF["mean"] == STATBARN_OF["sum"]


def test_words_count() -> None:
    assert cells_are(1, Text.same("x")) == Text(nl="1 cel x.", en="1 cell x.")
    assert cells_are(2, Text.same("x")) == Text(nl="2 cellen x.", en="2 cells x.")
    assert percent(0.905) == Text(nl="90,5 %", en="90.5%")


def test_every_parameter_says_which_way_is_stricter_and_what_it_is() -> None:
    for rule in known_rules().values():
        for name, field in rule.model_fields.items():
            said = field.json_schema_extra
            assert isinstance(said, dict), f"{rule.id}.{name}: declare it with parameter(...)"
            assert said["stricter"] in ("higher", "lower", "fixed")
            assert isinstance(said["meaning"], dict)
            assert said["meaning"]["nl"]
            assert said["meaning"]["en"]
