from output_checker.rules.positions import PositionEvidence, Positions, Surroundings
from output_checker.text import Text
from output_checker.verdict import Finding

PERSONS = Text(nl="personen", en="persons")


def positions(*cells: Surroundings, rows: float = 0.1) -> PositionEvidence:
    return PositionEvidence(PERSONS, (), cells, (), (rows,) * len(cells))


def failing(found: list[Finding]) -> set[int]:
    return {cell for finding in found for cell in finding.cells}


def test_ten_on_each_side_and_up_to_the_next() -> None:
    enough = Surroundings(below=10, at=1, above=10, everybody=21)
    cells = [
        enough,
        Surroundings(9, 1, 11, 21),
        Surroundings(11, 1, 9, 21),
        Surroundings(20, 1, 20, 41, towards_next=9),
        Surroundings(3, 12, 30, 45),
    ]
    assert failing(Positions().apply(positions(*cells))) == {1, 2, 3}


def test_stricter_never_passes_what_looser_fails() -> None:
    cells = [Surroundings(below, at, 40, below + at + 40) for below in range(0, 40, 3) for at in (1, 15, 200)]
    loose, strict = Positions(), Positions(minimum_units=20, largest_share=0.5)
    assert failing(loose.apply(positions(*cells))) <= failing(strict.apply(positions(*cells)))


def test_a_switched_off_rule_concerns_nothing() -> None:
    assert not Positions(enabled=False).concerns(positions())
