from output_checker.rules.events import Events
from tests.output_checker.rules.inferences import group, model


def test_too_few_events() -> None:
    (finding,) = Events().apply(model(events=(group(9), group(91))))
    assert finding.outcome == "fail"
    assert not Events().apply(model(events=(group(10), group(90))))


def test_too_few_events_in_a_category_go_to_people() -> None:
    (finding,) = Events().apply(model(events=(group(50),), rare=(group(9, cells=(2,)), group(41))))
    assert (finding.outcome, finding.cells) == ("review", (2,))
    assert "with or without the event: area: b" in finding.reason.en
