import json
from collections.abc import Callable
from typing import Any

import pytest

from output_checker.judge import judge
from output_checker.kinds.table.query import TableQuery
from output_checker.policy import Policy, load_policy
from output_checker.proposals import search
from output_checker.proposals.search import Proposal, propose
from output_checker.query import Query
from output_checker.verdict import Outcome
from tests.output_checker.town import SIZE, Town, metadata_document, value, words

Build = Callable[..., Town]

AREA = ["b"] * 4 + ["c"] * 60 + ["d"] * 8 + ["a"] * (SIZE - 72)
"""Two areas with too few inhabitants."""


def proposed(town: Town, policy: Policy | None = None, **query: Any) -> tuple[Proposal, ...]:
    asked, rules = Query.parse({"dataset": "town", **query}), policy or load_policy("essnet")
    return propose(asked, judge(asked, town.dataset, rules), town.dataset, rules)


def said(proposals: tuple[Proposal, ...]) -> list[str]:
    return [one.words.en for one in proposals]


@pytest.fixture
def uneven(build: Build) -> Town:
    return build(area=AREA, household=range(SIZE))


def test_cells_to_hide_categories_to_merge_or_a_classification_less(uneven: Town) -> None:
    found = proposed(uneven, index="area", columns="sex", margins=True)
    assert said(found) == [
        "Hide the failing cells (6), and 2 to protect them: then the rules have no objection.",
        "Merge categories of area (2 = Area b + Area c + Area d): then the rules have no objection.",
        "Leave out area: then the rules have no objection.",
    ]
    assert [one.words.nl.split()[0] for one in found] == ["Verberg", "Voeg", "Laat"]


def test_merging_loses_nobody(uneven: Town) -> None:
    merged = proposed(uneven, index="area")[1]
    assert {label: value(merged.verdict, label) for label in "123"} == {"1": 168, "2": 12, "3": 60}


QUERIES: list[dict[str, Any]] = [
    {"index": "area", "columns": "sex", "margins": True},
    {"index": "area", "columns": "sex", "values": "income", "aggfunc": ["sum", "mean"]},
    {"index": "age", "columns": "sex", "normalize": "columns"},
    {"index": "band", "columns": "sector", "derive": {"band": "age // 5 * 5"}},
    {"index": "area", "columns": "sex", "hide": "failing", "margins": True},
]


@pytest.mark.parametrize(
    ("preset", "query"), [*(("essnet", query) for query in QUERIES), ("acro", QUERIES[0])], ids=str
)
def test_whatever_is_proposed_is_what_the_judge_says_of_it_and_better(
    uneven: Town, query: dict[str, Any], preset: str
) -> None:
    policy = load_policy(preset)
    first = uneven.judge(policy, **query)
    objections = sum(cell.status in ("fail", "review") for cell in first.table.cells)
    for one in proposed(uneven, policy, **query):
        again = judge(Query.parse(json.loads(one.query.canonical())), uneven.dataset, policy)
        assert again.model_copy(update={"seconds": 0}) == one.verdict.model_copy(update={"seconds": 0})
        left = sum(cell.status in ("fail", "review") for cell in again.table.cells)
        assert again.outcome is Outcome.PASS or left < objections
        assert (again.outcome is Outcome.PASS) == one.words.en.endswith("then the rules have no objection.")


def test_the_same_table_gets_the_same_proposals(uneven: Town) -> None:
    first, second = (proposed(uneven, index="area", columns="sex") for _ in range(2))
    assert [(one.words, one.query) for one in first] == [(one.words, one.query) for one in second]


def test_words_tell_numbers_of_cells_and_nothing_that_is_in_them(build: Build) -> None:
    one_rich = [90_210.0, *[1000.0 + person for person in range(SIZE - 1)]]
    for one in proposed(
        build(area=AREA, income=one_rich), index="area", columns="sex", values="income", aggfunc="sum"
    ):
        assert "90" not in one.words.en + one.words.nl + one.query.canonical()


def test_the_changes_make_the_proposal_of_the_query(uneven: Town) -> None:
    asked = Query.parse({"dataset": "town", "index": "area", "columns": "sex"})
    for one in proposed(uneven, index="area", columns="sex"):
        changed = {**asked.model_dump(mode="json", exclude_defaults=True), **one.changes(asked)}
        assert Query.parse(changed) == one.query


def test_a_level_of_the_catalogue_goes_before_merging(build: Build) -> None:
    area = ["a"] * 4 + ["b"] * 116 + ["c"] * 120
    coarser = proposed(build(area=area, household=range(SIZE)), index="area", columns="sex")[1]
    assert coarser.words.en == "Take quarter instead of area: then the rules have no objection."
    assert coarser.words.nl.startswith("Neem kwartier in plaats van area")
    assert coarser.query.index == ("quarter",)


def test_of_too_many_categories_only_levels_are_tried(uneven: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_CATEGORIES", 3)
    found = said(proposed(uneven, index="area", columns="sex"))
    assert [one.split(":")[0] for one in found if not one.startswith("Hide")] == [
        "Take quarter instead of area",
        "Leave out area",
    ]


def test_a_level_that_is_in_the_table_already_is_no_way_out(uneven: Town) -> None:
    found = said(proposed(uneven, index=["quarter", "area"], columns="sex"))
    assert not any("Take" in one for one in found)


def test_neighbours_are_merged_in_order_until_they_pass(uneven: Town) -> None:
    (merged,) = (
        one for one in proposed(uneven, index="age", columns="sex") if one.words.en.startswith("Merge")
    )
    assert merged.verdict.outcome is Outcome.PASS
    assert merged.query.derive["age_merged"].startswith("CASE WHEN age < 28 THEN 20 WHEN age < 36 THEN 28 ")
    assert "(20 = 20 … 27; 28 = 28 … 35; 36 = 36 … 43; 44 = 44 … 51; …)" in merged.words.nl


def test_a_round_of_merging_mends_what_the_judge_still_finds(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Persons enough, but one of them has over half: of that the numbers of units say nothing beforehand."""
    area = ["a"] * 12 + ["b"] * 12 + ["c"] * 90 + ["d"] * 126
    income = [30_000.0, *[1000.0 + person for person in range(1, SIZE)]]
    town = build(area=area, income=income, household=range(SIZE))
    asked: dict[str, Any] = {"index": "area", "values": "income", "aggfunc": "sum"}
    merged = proposed(town, **asked)[-1]
    assert merged.words.en.startswith("Merge categories of area (1 = Area a + Area b + Area c)")
    assert merged.verdict.outcome is Outcome.PASS
    monkeypatch.setattr(search, "ROUNDS", 1)
    assert not [one for one in proposed(town, **asked) if one.words.en.startswith("Merge")]


def test_rounds_are_few(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "ROUNDS", 1)
    found = proposed(build(area=AREA, household=range(SIZE)), index="area")
    assert found[-1].words.en.startswith("Merge")


def test_what_still_fails_is_told_with_how_much(uneven: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "LEFT_OUT", 1)
    last = proposed(uneven, index="area", columns=["sex", "employed"])[-1]
    assert last.words.en == "Leave out employed: then the number of cells that still fail is 4."
    assert last.words.nl == "Laat employed weg: dan is het aantal cellen dat niet voldoet nog 4."


def test_people_may_have_to_judge_a_proposal(build: Build) -> None:
    town = build(area=AREA, household=[person // 12 for person in range(SIZE)])
    assert any(one.endswith("then people judge it.") for one in said(proposed(town, index="area")))


def test_what_people_judge_anyway_has_no_failing_cells_to_hide(build: Build) -> None:
    town = build(area=["a"] * 60 + ["b"] * 180, household=[person // 10 for person in range(SIZE)])
    assert town.judge(index="area").outcome is Outcome.REVIEW
    assert proposed(town, index="area") == ()


def test_a_table_that_passes_and_what_is_no_table_need_no_proposal(town: Town) -> None:
    assert proposed(town, index="area") == ()
    assert proposed(town, kind="quantiles", values="income", q=[0.001]) == ()


def test_nothing_is_proposed_where_nothing_would_be_left(build: Build) -> None:
    assert proposed(build(sex=["f"] * 4 + ["m"] * 4), index="sex") == ()


def test_large_tables_are_not_searched_for_cells_to_hide(
    uneven: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_WORK", 31)
    assert not any("Hide" in one for one in said(proposed(uneven, index="area", columns="sex")))


def test_what_cannot_be_protected_is_not_proposed(uneven: Town) -> None:
    found = said(proposed(uneven, index="area", columns="sex", values="income", aggfunc="std", margins=True))
    assert not any("Hide" in one for one in found)


def test_what_makes_no_sense_without_a_classification_keeps_it(uneven: Town) -> None:
    found = said(proposed(uneven, index="area", columns="sex", normalize="index"))
    assert "Leave out sex" not in " ".join(found)


def test_a_merged_classification_needs_its_name(uneven: Town) -> None:
    found = proposed(uneven, index="area", derive={"area_merged": "age"})
    assert not any("Merge" in one for one in said(found))


def test_without_a_least_number_of_units_the_judge_alone_decides(uneven: Town) -> None:
    policy = load_policy("essnet")
    loose = policy.parse(policy.model_dump() | {"rules": {"threshold": {"enabled": False}}})
    for one in proposed(uneven, loose, index="area"):
        assert isinstance(one.query, TableQuery)
        assert judge(one.query, uneven.dataset, loose).outcome is one.verdict.outcome


def test_of_many_merged_categories_the_words_name_the_first(build: Build) -> None:
    document = metadata_document()
    area = next(variable for variable in document["variables"] if variable["name"] == "area")
    area["codes"] |= {code: words(f"Area {code}") for code in "fgh"}
    town = build(document=document, area=[*"bcdefg" * 2, *"a" * 114, *"h" * 114], household=range(SIZE))
    merged = proposed(town, index="area")[1]
    assert "(2 = Area b + Area c + Area d + Area e + … (6))" in merged.words.nl


def test_a_code_with_a_quote_stays_a_code(build: Build) -> None:
    document = metadata_document()
    area = next(variable for variable in document["variables"] if variable["name"] == "area")
    area["codes"]["o'd"] = words("O'D")
    area["groupings"] = {}
    town = build(
        document=document, area=["o'd" if one == "d" else one for one in AREA], household=range(SIZE)
    )
    assert "'o''d'" in proposed(town, index="area")[1].query.derive["area_merged"]


def test_a_grouping_is_merged_by_its_groups(build: Build) -> None:
    document = metadata_document()
    area = next(variable for variable in document["variables"] if variable["name"] == "area")
    area["groupings"]["quarter"]["groups"] = {
        name: {"label": words(name), "codes": [code]}
        for name, code in zip(("n", "s", "w"), "abc", strict=True)
    }
    town = build(document=document, area=["a"] * 4 + ["b"] * 100 + ["c"] * 136, household=range(SIZE))
    assert not any("Take" in one for one in said(proposed(town, index="area")))
    assert proposed(town, index="quarter")[-1].words.en.startswith("Merge categories of quarter (1 = n + s)")
