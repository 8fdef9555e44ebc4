from output_checker.evidence import Structure

TOWNS = Structure(
    zeros=({"age": frozenset({"child"}), "work": frozenset({"yes"})},),
    within={("province", "town"): {"Delft": "ZH", "Gouda": "ZH", "Ede": "GE", "Sea": "(missing)"}},
    domains={
        "town": ("Delft", "Gouda", "Ede", "Sea"),
        "province": ("ZH", "GE"),
        "age": ("child", "adult"),
        "work": ("yes", "no"),
    },
)


def test_declared_combinations_are_impossible_with_whatever_else() -> None:
    assert TOWNS.impossible({"age": "child", "work": "yes", "town": "Ede"})
    assert not TOWNS.impossible({"age": "child", "work": "no"})
    assert not TOWNS.impossible({"age": "child"})


def test_a_code_is_only_in_its_group() -> None:
    assert TOWNS.impossible({"town": "Delft", "province": "GE"})
    assert TOWNS.impossible({"town": "Sea", "province": "ZH"})
    assert not TOWNS.impossible({"town": "Delft", "province": "ZH"})
    assert not TOWNS.impossible({"town": "Delft", "province": "All"})
    assert not TOWNS.impossible({"town": "(missing)", "province": "GE"})


def test_a_line_is_settled_when_all_others_are_impossible() -> None:
    assert TOWNS.settled({"town": "Delft", "province": "ZH"}, "province")
    assert TOWNS.settled({"town": "Ede", "province": "GE"}, "town")
    assert not TOWNS.settled({"town": "Delft", "province": "ZH"}, "town")
    assert TOWNS.settled({"age": "child", "work": "no"}, "work")
    assert not TOWNS.settled({"age": "adult", "work": "no"}, "work")
    assert not TOWNS.settled({"sex": "f"}, "sex")
