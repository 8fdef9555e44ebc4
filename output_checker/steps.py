"""Steps: the equal steps that the values of an expression lie on, and caps that lie between two of them.

In a sum of ages the capped ones are told by what the others cannot add: of LEAST(age, 75.37) every unit above the cap adds
37 hundredths, so that the digits behind the comma say how many they are.
"""

from dataclasses import dataclass
from fractions import Fraction

from sqlglot import exp

_SIDES = (exp.Add, exp.Sub, exp.Mul, exp.Div)
_ROUNDING = (exp.Floor, exp.Ceil, exp.Round)
_CAPS = (exp.Least, exp.Greatest)


@dataclass(frozen=True)
class _Steps:
    """Values ``offset`` plus whole multiples of ``size``; of a constant the size is zero, of a logarithm it is None."""

    size: Fraction | None
    offset: Fraction = Fraction(0)
    between: bool = False

    def holds(self, value: Fraction) -> bool:
        """Whether a value is one of them; among values without steps nothing stands out."""
        return not self.size or ((value - self.offset) / self.size).denominator == 1

    def on(self, size: Fraction) -> "_Steps":
        """The same after rounding to multiples of ``size``."""
        grid = _Steps(size)
        kept = self.size is not None and grid.holds(self.size) and grid.holds(self.offset)
        return self if kept else _Steps(size, between=self.between)


def is_capped_between_steps(tree: exp.Expr) -> bool:
    """Whether an expression of one column, which keeps its order, has a cap that no other value could equal.

    Numbers count as whole: whether cents occur in a column is not known from its type.
    """
    return _steps(tree).between


def _steps(tree: exp.Expr) -> _Steps:
    if isinstance(tree, exp.Literal):
        return _Steps(Fraction(0), Fraction(tree.name))
    if isinstance(tree, exp.Paren | exp.Neg):
        inside = _steps(tree.this)
        return _times(inside, Fraction(-1)) if isinstance(tree, exp.Neg) else inside
    if isinstance(tree, _CAPS):
        return _capped(tree)
    if isinstance(tree, _ROUNDING):
        return _steps(tree.this).on(_rounded_to(tree))
    if isinstance(tree, exp.IntDiv):
        return _combined(exp.Div, _steps(tree.this), _steps(tree.expression)).on(Fraction(1))
    if isinstance(tree, _SIDES):
        return _combined(type(tree), _steps(tree.this), _steps(tree.expression))
    return (
        _Steps(None, between=_steps(tree.this).between) if isinstance(tree, exp.Ln) else _Steps(Fraction(1))
    )


def _rounded_to(tree: exp.Expr) -> Fraction:
    digits = tree.args.get("decimals")
    return Fraction(10) ** -int(_steps(digits).offset) if digits is not None else Fraction(1)


def _capped(tree: exp.Expr) -> _Steps:
    sides = [_steps(side) for side in (tree.this, *tree.expressions)]
    varying = next((side for side in sides if side.size != 0), sides[0])
    apart = any(side.size == 0 and not varying.holds(side.offset) for side in sides)
    return _Steps(varying.size, varying.offset, varying.between or apart)


def _combined(kind: type[exp.Expr], one: _Steps, other: _Steps) -> _Steps:
    """The steps of a sum, difference, product or quotient, of which one side at most varies."""
    if kind in (exp.Add, exp.Sub):
        sign = 1 if kind is exp.Add else -1
        size = None if None in (one.size, other.size) else max(one.size or 0, other.size or 0)
        moved = one.offset + sign * other.offset
        return _Steps(size if size is None else Fraction(size), moved, one.between or other.between)
    if kind is exp.Div:
        return _times(one, 1 / other.offset) if other.offset else one
    constant, varying = (one, other) if one.size == 0 else (other, one)
    return _times(varying, constant.offset)


def _times(steps: _Steps, factor: Fraction) -> _Steps:
    size = None if steps.size is None else abs(steps.size * factor)
    return _Steps(size, steps.offset * factor, steps.between)
