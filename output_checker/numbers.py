"""Numbers that come out of the engine, and numbers that researchers choose."""

from decimal import Decimal

SIGNIFICANT = 3
"""Digits of a number that leaves with a result: one that spells out a unit's value would tell it."""


def stable(number: float) -> float:
    """A double without its last digits, which depend on the order in which threads add up."""
    return float(f"{number:.12g}")


def is_round(number: float, digits: int = SIGNIFICANT) -> bool:
    """Whether a number has few enough significant digits to say nothing of one unit."""
    return float(f"{number:.{digits}g}") == number


def spelled(number: float) -> str:
    """A number without exponent or superfluous digits."""
    plain = f"{Decimal(f'{number:.10g}'):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
