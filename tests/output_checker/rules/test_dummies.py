from output_checker.rules.dummies import Dummies
from tests.output_checker.rules.inferences import group, model


def test_nine_of_a_group_are_too_few() -> None:
    (finding,) = Dummies().apply(model(groups=(group(9), group(10, cells=(2,)))))
    assert (finding.outcome, finding.cells) == ("fail", (0, 1))
    assert finding.reason.en == "With fewer than 10 persons: area: b."
    assert not Dummies().apply(model(groups=(group(10),)))


def test_a_group_of_nobody_that_has_a_key_is_too_small() -> None:
    assert Dummies().apply(model(groups=(group(0),)))


def test_enough_persons_from_too_few_households_go_to_people() -> None:
    (finding,) = Dummies().apply(model(groups=(group(50, households=9),)))
    assert finding.outcome == "review"
    assert "uit minder dan 10 huishoudens" in finding.reason.nl
    (small,) = Dummies().apply(model(groups=(group(5, households=3),)))
    assert small.outcome == "fail"


def test_a_small_published_count_goes_to_people() -> None:
    (finding,) = Dummies().apply(model(published=(group(3, cells=(3,)),)))
    assert (finding.outcome, finding.cells) == ("review", (3,))
    assert not Dummies().apply(model(published=(group(0), group(10))))


def test_only_the_first_few_groups_are_named() -> None:
    many = tuple(group(1, name=f"area: {place}") for place in range(9))
    (finding,) = Dummies().apply(model(groups=many))
    assert finding.reason.en.endswith("area: 4, ….")
    assert "area: 5" not in finding.reason.en
