"""Components in statsmodels' own words."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from output_checker.errors import QueryError
from output_checker.kinds.hypothesis_test.query import MAX_VARIABLES
from output_checker.metadata import DatasetMetadata
from output_checker.query import Name, Query, headings
from output_checker.text import Language, Text


class ComponentsQuery(Query):
    """Principal components (``pca``) or factors by principal axes (``factor``) of ``values``.

    ``components`` is how many are shown; ``standardize`` says whether components are of correlations rather than of
    covariances; ``rotation`` turns factors.
    """

    kind: Literal["components"] = "components"
    method: Literal["pca", "factor"] = "pca"
    values: Annotated[tuple[Name, ...], Field(min_length=2, max_length=MAX_VARIABLES)]
    components: Annotated[int, Field(ge=1, le=MAX_VARIABLES)] = 1
    standardize: bool = True
    rotation: Literal["varimax", "quartimax"] | None = None

    @field_validator("values", mode="before")
    @classmethod
    def _one_name_is_a_list(cls, given: object) -> object:
        return [given] if isinstance(given, str) else given

    @model_validator(mode="after")
    def _holds_together(self) -> "ComponentsQuery":
        if len(set(self.values)) < len(self.values):
            message = Text(nl="Een variabele staat er twee keer in.", en="A variable occurs twice.")
            raise QueryError(message, field="values")
        if self.components > len(self.values) - (self.method == "factor"):
            message = Text(
                nl="Er zijn te weinig variabelen voor.", en="There are too few variables for this."
            )
            raise QueryError(message, field="components")
        if self.method == "pca" and self.rotation:
            message = Text(nl="Alleen factoren worden gedraaid.", en="Only factors are rotated.")
            raise QueryError(message, field="rotation")
        if self.method == "factor" and not self.standardize:
            message = Text(nl="Factoren zijn van correlaties.", en="Factors are of correlations.")
            raise QueryError(message, field="standardize")
        return self

    @property
    def result_name(self) -> str:
        """The method."""
        return self.method

    def subject(self, metadata: DatasetMetadata, language: Language) -> str:
        """How many components, of which variables."""
        words = {
            "pca": Text(nl="hoofdcomponenten ({}) van {}", en="principal components ({}) of {}"),
            "factor": Text(nl="factoren ({}) van {}", en="factors ({}) of {}"),
        }[self.method]
        names = headings(self.values, metadata, language)
        return words.in_language(language).format(self.components, names)

    def details(self, metadata: DatasetMetadata, language: Language) -> list[str]:
        """Covariances and rotation."""
        told = {
            Text(nl="van covarianties", en="of covariances"): not self.standardize,
            Text(nl=f"gedraaid volgens {self.rotation}", en=f"rotated by {self.rotation}"): self.rotation,
        }
        return [words.in_language(language) for words, applies in told.items() if applies]
