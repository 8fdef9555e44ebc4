"""The evidence behind inferences: models, tests, correlations and components.

An inference is about many units at once, so its evidence is not about cells one by one: how many units a group of the
design holds, how many degrees of freedom are left, and how much of a number rests on a few units alone.
"""

from dataclasses import dataclass, field

from output_checker.evidence import Evidence, TableEvidence
from output_checker.statbarns import Statbarn
from output_checker.text import Text

MOST_TOGETHER = 100
"""The largest number of units whose joint leverage is measured; no policy asks for more units than this."""


@dataclass(frozen=True)
class Group:
    """Some of the units behind an inference: a category, those with an event, those above a quantile.

    ``others`` counts the other kinds of unit in it; ``cells`` are the positions in the table that tell about it.
    """

    name: Text
    units: int
    others: tuple[int, ...]
    cells: tuple[int, ...]


@dataclass(frozen=True)
class InferenceEvidence(Evidence):
    """What every inference has.

    ``units`` counts distinct units, ``degrees_of_freedom`` those that are left of observations and of units, whichever
    is less (None where the notion does not apply). ``together`` holds at place k-1 the largest share of one
    direction of the design that k units carry: the leverage of one unit comes first. ``cells`` are all numbers;
    ``published`` are the groups whose very number is shown. ``composed`` says that the researcher made an outcome, or a
    number that is tested, of more than one column or constant.
    """

    unit: Text
    other_units: tuple[Text, ...]
    family: Statbarn
    cells: tuple[int, ...]
    units: int
    degrees_of_freedom: int | None
    groups: tuple[Group, ...] = ()
    published: tuple[Group, ...] = ()
    together: tuple[float, ...] = ()
    composed: bool = False

    @property
    def statbarn(self) -> Statbarn:
        """The family of the statistic."""
        return self.family

    def leverage_of(self, number: int) -> float:
        """The largest share of one direction that this many units carry."""
        return self.together[min(number, len(self.together)) - 1] if self.together and number else 0.0


@dataclass(frozen=True)
class ModelEvidence(InferenceEvidence):
    """What models have besides.

    ``explained`` is the share of the variation that the model explains; ``events`` are the units on either side of an
    outcome that happens or not, or on the smaller side of a quantile; ``rare`` are the events within a category.
    ``influence`` is for each coefficient the largest share that one unit has in it, by its cells.
    """

    explained: float = 0.0
    events: tuple[Group, ...] = ()
    rare: tuple[Group, ...] = ()
    influence: dict[tuple[int, ...], float] = field(default_factory=dict)


@dataclass(frozen=True)
class CorrelationEvidence(InferenceEvidence):
    """What correlations have besides: each coefficient with the cells that tell about it."""

    coefficients: tuple[tuple[float, tuple[int, ...]], ...] = ()


class ExactGroups(TableEvidence):
    """The table inside a model that fits some groups exactly: their means or frequencies follow from coefficients."""

    def coarser(self) -> Text:
        """The way out: fewer categories or interactions."""
        return Text(
            nl="Het model geeft deze groepen exact weer: neem minder of grovere categorieën of interacties op.",
            en="The model shows these groups exactly: use fewer or coarser categories or interactions.",
        )

    def without(self, names: tuple[str, ...]) -> Text:
        """The way out of a group that is all alike: the same."""
        return self.coarser()
