from pathlib import Path

import pytest

import output_checker as oc
from output_checker.errors import DatasetError, QueryError
from output_checker.notebook.microdata import Microdata
from tests.output_checker.town import SIZE


@pytest.fixture
def people(sandbox: Path) -> Microdata:
    opened: Microdata = oc.open("town")
    return opened


def test_free_exploration_is_pandas(people: Microdata) -> None:
    frame = people.where("age >= 40", "sex = 'f'").derive(band="age // 10 * 10").df
    assert frame["age"].min() == 40
    assert set(frame["band"]) == {40, 50, 60, 70}
    assert len(people.df) == SIZE


def test_each_step_leaves_the_former_as_it_was(people: Microdata) -> None:
    narrowed = people.where("age >= 40").where("sex = 'f'")
    assert narrowed.conditions == ("age >= 40", "sex = 'f'")
    assert people.conditions == ()


def test_a_variable_can_be_derived_anew(people: Microdata) -> None:
    assert people.derive(band="age // 10").derive(band="age // 20").derived == (("band", "age // 20"),)


def test_mistakes_are_told_at_once_and_in_dutch(people: Microdata) -> None:
    with pytest.raises(QueryError, match=r"Er is geen kolom 'aeg'\. Bedoelt u 'age'\?"):
        people.where("aeg > 3")
    with pytest.raises(QueryError, match="mag hier niet"):
        people.derive(band="getenv('HOME')")


def test_shows_what_it_holds(people: Microdata) -> None:
    shown = repr(people.where("age >= 40").derive(band="age // 10"))
    assert shown.startswith("town 1: person, household, age")
    assert shown.endswith("\n  age >= 40\n  band = age // 10")


@pytest.mark.parametrize("name", ["village", "../secret", "town.parquet", ""])
def test_an_unknown_dataset_says_which_there_are(sandbox: Path, name: str) -> None:
    with pytest.raises(DatasetError, match=r"Wel: town\."):
        oc.open(name)


def test_an_empty_project_has_none(sandbox: Path) -> None:
    (sandbox / "town.parquet").unlink()
    with pytest.raises(DatasetError, match=r"Wel: -\."):
        oc.open("town")
