"""Microdata made for attacks: each function changes the usual columns in place."""

from itertools import count
from typing import Any

from tests.attacks.world import SIZE, Columns


def village(size: int) -> Any:
    """Area e has this many persons, each of another household."""

    def bend(people: Columns) -> None:
        for person in range(0, 2 * size, 2):
            people["area"][person] = "e"
            people["household"][person] = SIZE + person

    return bend


def one_home(people: Columns) -> None:
    """Area e has thirty persons, all of one household."""
    people["area"][:30] = ["e"] * 30
    people["household"][:30] = [SIZE] * 30


def two_holdings(people: Columns) -> None:
    """Area e has thirty persons, of two households that between them have everything."""
    people["area"][:30] = ["e"] * 30
    people["household"][:30] = [SIZE + person % 2 for person in range(30)]


def one_with_many_rows(people: Columns) -> None:
    """Three hundred rows of area e are of nine persons."""
    people["area"][:300] = ["e"] * 300
    people["person"][:300] = [person % 9 for person in range(300)]
    people["household"][:300] = [person % 9 for person in range(300)]


def magnate(people: Columns) -> None:
    """One person in area a has most of its income."""
    people["income"][0] = 9e5 * 20


def runner_up(people: Columns) -> None:
    """Two persons in area a between them have nearly all of its income."""
    for person in at(people, "area", "a"):
        people["income"][person] = 1.0
    people["income"][0], people["income"][8] = 5e5, 4.9e5


def debtor(people: Columns) -> None:
    """The largest debt of area a is hidden by what the others earn: the total says little of it."""
    rest = sum(people["income"][person] for person in at(people, "area", "a")[1:])
    people["income"][0] = -1.2 * rest


def outweighed(people: Columns) -> None:
    """One person of area a stands for as many as all others of it."""
    people["weight"][0] = 1_000.0


def hardly_answered(people: Columns) -> None:
    """Of hundreds in area a, four said what they earn."""
    for person in at(people, "area", "a")[4:]:
        people["income"][person] = None


def refused_to_answer(people: Columns) -> None:
    """The same, with the code for no answer."""
    for person in at(people, "area", "a")[4:]:
        people["income"][person] = -9.0


def not_a_number(people: Columns) -> None:
    """The same, with what is no number."""
    for person in at(people, "area", "a")[4:]:
        people["income"][person] = float("nan")


def all_alike(people: Columns) -> None:
    """Everybody in area a earns the same."""
    for person in at(people, "area", "a"):
        people["income"][person] = 31_416.0


def two_incomes(people: Columns) -> None:
    """Everybody in area a earns the same but three, who earn one other amount."""
    all_alike(people)
    for person in at(people, "area", "a")[:3]:
        people["income"][person] = 99_999.0


def nobody_employed(people: Columns) -> None:
    for person in at(people, "area", "a"):
        people["employed"][person] = False


def everybody_employed(people: Columns) -> None:
    for person in at(people, "area", "a"):
        people["employed"][person] = True


def hardly_anybody_employed(people: Columns) -> None:
    nobody_employed(people)
    for person in at(people, "area", "a")[:3]:
        people["employed"][person] = True


def few_without_work(people: Columns) -> None:
    """Everybody in area a is employed but three."""
    everybody_employed(people)
    for person in at(people, "area", "a")[:3]:
        people["employed"][person] = False


def one_of_each(people: Columns) -> None:
    """All women live in area a, and everybody in area a is a woman."""
    people["sex"] = ["f" if area == "a" else "m" for area in people["area"]]


def nearly_one_of_each(people: Columns) -> None:
    one_of_each(people)
    for person in at(people, "area", "a")[:12]:
        people["sex"][person] = "m"


def unknown_area(people: Columns) -> None:
    """Of three persons nobody knows where they live."""
    for person in range(0, 6, 2):
        people["area"][person] = None


def old_man(people: Columns) -> None:
    """One person is much older than all others."""
    people["age"] = [min(age, 59) for age in people["age"]]
    people["age"][0] = 97


def farm_of_one(people: Columns) -> None:
    people["sector"] = [2] * SIZE
    people["sector"][0] = 1


def outlier(people: Columns) -> None:
    """One person is far away from all others in what the model explains by."""
    people["hours"][0] = 100_000
    people["income"][0] = 9.9e5


def lone_deaths(people: Columns) -> None:
    """Nobody has the event but three."""
    people["employed"] = [person in (0, 8, 16) for person in range(SIZE)]


def few_in_e_by_sex(people: Columns) -> None:
    """Area d has four women; all other cells are of hundreds."""
    women = count()
    for person in at(people, "area", "d"):
        people["sex"][person] = "f" if next(women) < 4 else "m"


def one_of_fifty(people: Columns) -> None:
    """One person is fifty years old."""
    people["age"] = [51 if age == 50 else age for age in people["age"]]
    people["age"][0] = 50


def exact_relation(people: Columns) -> None:
    people["hours"] = [2 * age + 3 for age in people["age"]]


def at(people: Columns, name: str, label: object) -> list[int]:
    return [person for person, value in enumerate(people[name]) if value == label]


def four_without_income(people: Columns) -> None:
    """Four persons in area b have no income."""
    for person in at(people, "area", "b")[:4]:
        people["income"][person] = None


def twelve_without_income(people: Columns) -> None:
    """Twelve persons have no income: three in each of four areas, six in each quarter."""
    for area in "abcd":
        for person in at(people, "area", area)[:3]:
            people["income"][person] = None


def nearly_all_full_time(people: Columns) -> None:
    """Everybody works 38 hours but for three persons of each area."""
    people["hours"] = [38] * SIZE
    for area in "abcd":
        for place, person in enumerate(at(people, "area", area)[:6:2]):
            people["hours"][person] = 10 + place
