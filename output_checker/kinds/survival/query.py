"""Survival in the words of statsmodels: a duration, and whether it ended in the event."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator

from output_checker.errors import QueryError
from output_checker.kinds.grouped import GroupedQuery
from output_checker.metadata import DatasetMetadata, Variable
from output_checker.numbers import is_round, spelled
from output_checker.query import Name
from output_checker.text import Language, Text

MAX_TIMES = 2_000

Number = Annotated[float, Field(allow_inf_nan=False)]
Measure = Literal["survival", "std_err", "at_risk", "events", "censored", "hazard"]

WORDS: dict[str, Text] = {
    "survival": Text(nl="overleving", en="survival"),
    "std_err": Text(nl="standaardfout", en="standard error"),
    "at_risk": Text(nl="onder risico", en="at risk"),
    "events": Text(nl="gebeurtenissen", en="events"),
    "censored": Text(nl="uit beeld", en="censored"),
    "hazard": Text(nl="kans in de stap", en="hazard"),
}


class SurvivalQuery(GroupedQuery):
    """The share without the event after each of ``times``, and what a life table adds to it, by ``measures``.

    ``duration`` is a number, ``event`` says whether it ended in the event (else the unit was lost to follow-up then).
    ``times`` ascend and have at most three significant digits; without them every whole number within the public bounds
    of the duration is one. Times are merged until each step is safe, so fewer may come back.
    """

    kind: Literal["survival"] = "survival"
    duration: Name
    event: Name
    times: Annotated[tuple[Number, ...], Field(max_length=MAX_TIMES)] = ()
    measures: Annotated[tuple[Measure, ...], Field(min_length=1)] = ("survival",)

    @field_validator("times")
    @classmethod
    def _public(cls, given: tuple[float, ...]) -> tuple[float, ...]:
        if any(low >= high for low, high in pairwise(given)) or not all(map(is_round, given)):
            message = Text(
                nl="Tijdstippen zijn oplopende ronde getallen.", en="Times are ascending round numbers."
            )
            remedy = Text(nl="Neem hoogstens drie cijfers.", en="Take at most three digits.")
            raise QueryError(message, field="times", remedy=remedy)
        return given

    @field_validator("measures")
    @classmethod
    def _each_measure_once(cls, given: tuple[Measure, ...]) -> tuple[Measure, ...]:
        if len(set(given)) < len(given):
            raise QueryError(
                Text(nl="Een maat staat er twee keer in.", en="A measure occurs twice."), field="measures"
            )
        return given

    @property
    def counts(self) -> bool:
        """Whether numbers of units can be read from the result, and not the curve alone."""
        return bool({*self.measures} - {"survival", "std_err"})

    @property
    def result_name(self) -> str:
        """The duration that the table is of."""
        return f"survival_{self.duration}"

    def grid(self, metadata: DatasetMetadata) -> dict[str, float]:
        """The times by label.

        Raises:
            QueryError: no times are given, and the duration is not a whole number within public bounds.
        """
        if self.times:
            return {spelled(time): time for time in self.times}
        whole = _whole_numbers(metadata.columns.get(self.duration))
        if not 0 < len(whole) <= MAX_TIMES:
            message = Text(
                nl=f"{self.duration} is geen geheel getal binnen openbare grenzen.",
                en=f"{self.duration} is no whole number within public bounds.",
            )
            remedy = Text(nl="Geef tijdstippen: times = [1, 2, 5].", en="Give times: times = [1, 2, 5].")
            raise QueryError(message, field="times", remedy=remedy)
        return {str(time): float(time) for time in whole}

    def subject(self, metadata: DatasetMetadata, language: Language) -> str:
        """The measures of the duration until the event, by the groups."""
        asked = ", ".join(WORDS[measure].in_language(language) for measure in self.measures)
        sentence = Text(nl="{} naar {} tot {}", en="{} by {} until {}").in_language(language)
        variables = [metadata.heading(name).in_language(language) for name in (self.duration, self.event)]
        return self.grouped(sentence.format(asked, *variables), metadata, language)

    def details(self, metadata: DatasetMetadata, language: Language) -> list[str]:
        """That steps are merged."""
        words = Text(nl="stappen samengevoegd tot elke veilig is", en="steps merged until each is safe")
        return [words.in_language(language)]


def _whole_numbers(variable: Variable | None) -> range:
    if variable is None or variable.type != "integer" or variable.bounds is None:
        return range(0)
    low, high = variable.bounds
    return range(int(low), int(high) + 1)
