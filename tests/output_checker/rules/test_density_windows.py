from output_checker.rules.density_windows import DensityWindows, Window


def test_windows_of_ten_that_nobody_dominates() -> None:
    rule = DensityWindows()
    assert not rule.is_scarce(Window(units=10, everybody=100, largest=0.5))
    assert rule.is_scarce(Window(units=9, everybody=100, largest=0.2))
    assert rule.is_scarce(Window(units=20, everybody=100, largest=0.51))
