"""A kernel density in seaborn's words: ``gridsize`` and ``clip``."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from output_checker.errors import QueryError
from output_checker.kinds.grouped import GroupedQuery
from output_checker.metadata import DatasetMetadata
from output_checker.numbers import is_round, spelled
from output_checker.query import Name
from output_checker.text import Language, Text

MAX_POINTS = 101

Number = Annotated[float, Field(allow_inf_nan=False)]


class DensityQuery(GroupedQuery):
    """The density of ``values`` at ``gridsize`` points of equal distance between the two numbers of ``clip``.

    ``clip`` has at most three significant digits each; by default it is the variable's public bounds.
    """

    kind: Literal["density"] = "density"
    values: Name
    gridsize: Annotated[int, Field(ge=5, le=MAX_POINTS)] = 51
    clip: tuple[Number, Number] | None = None

    @field_validator("clip")
    @classmethod
    def _public(cls, given: tuple[float, float] | None) -> tuple[float, float] | None:
        if given and not (given[0] < given[1] and all(map(is_round, given))):
            message = Text(
                nl="Grenzen zijn twee oplopende ronde getallen.", en="Limits are two ascending round numbers."
            )
            remedy = Text(nl="Neem hoogstens drie cijfers.", en="Take at most three digits.")
            raise QueryError(message, field="clip", remedy=remedy)
        return given

    @property
    def result_name(self) -> str:
        """The variable that the density is of."""
        return f"density_{self.values}"

    def grid(self, metadata: DatasetMetadata) -> dict[str, float]:
        """The points by label.

        Raises:
            QueryError: there are no limits and no public bounds.
        """
        variable = metadata.columns.get(self.values)
        limits = self.clip or (variable.bounds if variable else None)
        if limits is None:
            message = Text(
                nl="Deze variabele heeft geen openbare grenzen.", en="This variable has no public bounds."
            )
            remedy = Text(nl="Geef ze: clip = [0, 100000].", en="Give them: clip = [0, 100000].")
            raise QueryError(message, field="clip", remedy=remedy)
        low, high = limits
        points = (low + (high - low) * step / (self.gridsize - 1) for step in range(self.gridsize))
        return {spelled(point): float(spelled(point)) for point in points}

    def subject(self, metadata: DatasetMetadata, language: Language) -> str:
        """The density of the variable by the groups."""
        density = Text(nl="kerndichtheid van", en="kernel density of").in_language(language)
        variable = metadata.heading(self.values).in_language(language)
        return self.grouped(f"{density} {variable}", metadata, language)

    def details(self, metadata: DatasetMetadata, language: Language) -> list[str]:
        """The points, and how they are made safe."""
        words = Text(
            nl=f"op {self.gridsize} openbare punten, afgerond; punten met te weinig eenheden eronder vervallen",
            en=f"at {self.gridsize} public points, rounded; points with too few units under them are left out",
        )
        return [words.in_language(language)]
