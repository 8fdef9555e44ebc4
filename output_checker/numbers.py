"""Numbers that come out of the engine."""


def stable(number: float) -> float:
    """A double without its last digits, which depend on the order in which threads add up."""
    return float(f"{number:.12g}")
