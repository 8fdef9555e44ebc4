"""What the rules on groups of units in a model or test have in common: how they name them, and their findings."""

from collections.abc import Collection, Iterable
from typing import Literal

from output_checker.inference import Group
from output_checker.text import Text
from output_checker.verdict import Finding, Outcome

MOST_NAMED = 5


def on_groups(
    rule: str,
    outcome: Literal[Outcome.FAIL, Outcome.REVIEW],
    groups: Collection[Group],
    shortage: Text,
    remedy: Text,
    minimum_units: int,
) -> Finding | None:
    """The finding of ``rule`` on all cells that tell about these groups, each once; None where there are no groups."""
    if not groups:
        return None
    return Finding(
        rule=rule,
        outcome=outcome,
        cells=tuple(sorted({cell for group in groups for cell in group.cells})),
        reason=_named(groups, shortage),
        remedy=remedy,
        evidence={"minimum_units": minimum_units, "counts": tuple(group.units for group in groups)},
    )


def _named(groups: Iterable[Group], shortage: Text) -> Text:
    """The first few groups by their public names, and what they are short of."""
    names = list(dict.fromkeys(group.name for group in groups))
    more = ", …" if len(names) > MOST_NAMED else ""
    dutch = "; ".join(name.nl for name in names[:MOST_NAMED])
    english = "; ".join(name.en for name in names[:MOST_NAMED])
    return Text(nl=f"Met {shortage.nl}: {dutch}{more}.", en=f"With {shortage.en}: {english}{more}.")
