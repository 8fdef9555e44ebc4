"""The query: what a researcher asks, as a document that the service recomputes by itself.

The same document serves the notebook, the api, the command line and the tests. This module holds what all kinds of
query share; each kind is a package in ``kinds``. Whether a query makes sense for a dataset is the subject of planning.
"""

import hashlib
import json
from abc import abstractmethod
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    field_validator,
    model_serializer,
)

from output_checker.documents import Document
from output_checker.errors import DocumentError, QueryError
from output_checker.metadata import DatasetMetadata
from output_checker.noise.specification import Noise
from output_checker.own.variable import OwnVariable
from output_checker.text import Language, Text

MAX_CLASSIFICATIONS = 6
MAX_EXPRESSIONS = 32
MAX_OWN = 16
MAX_EXPRESSION_LENGTH = 2_000

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
Expression = Annotated[str, StringConstraints(max_length=MAX_EXPRESSION_LENGTH)]
Names = Annotated[tuple[Name, ...], Field(max_length=MAX_CLASSIFICATIONS)]


class Query(Document):
    """What every kind of query has.

    ``where`` and ``derive`` hold SQL scalar expressions over registered columns; several conditions all hold.
    ``unit`` is the unit that counts (default: the first of the dataset). ``own`` tells of variables that the
    researcher made: whatever uses them is judged by people. ``noise`` asks for an answer with differential privacy
    instead of an exact one under the rules.
    """

    refusal: ClassVar[type[DocumentError]] = QueryError

    kind: str
    dataset: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    where: Annotated[tuple[Expression, ...], Field(max_length=MAX_EXPRESSIONS)] = ()
    derive: Annotated[dict[Name, Expression], Field(max_length=MAX_EXPRESSIONS)] = Field(default_factory=dict)
    unit: str | None = None
    own: Annotated[dict[Name, OwnVariable], Field(max_length=MAX_OWN)] = Field(default_factory=dict)
    noise: Noise | None = None

    @classmethod
    def parse(cls, document: object) -> Self:
        """Read a query of the kind that the document names (a table when it names none).

        Raises:
            QueryError: there is no such kind, or a field is at fault.
        """
        if "kind" not in cls.__annotations__ or cls is not Query:
            return super().parse(document)
        from output_checker.kinds import query_class  # the kinds are made of queries: only known when all are

        chosen: Any = query_class(document)
        return chosen.parse(document)  # type: ignore[no-any-return]

    @field_validator("where", "index", "columns", mode="before", check_fields=False)
    @classmethod
    def _one_is_a_list(cls, given: object) -> object:
        return [given] if isinstance(given, str) else given

    @model_serializer(mode="wrap")
    def _with_its_kind(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The kind is the default of its class, but only a table may leave it out: else two kinds look the same."""
        written: dict[str, Any] = plain(self)
        return written if self.kind == "table" else {**written, "kind": self.kind}

    def canonical(self) -> str:
        """One stable JSON spelling; what is left at its default is left out, so that later fields change nothing."""
        plain = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical spelling, in hexadecimal."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    @property
    def numbers(self) -> "Query":
        """The query that the numbers are of: itself, or the one that a figure shows."""
        return self

    @property
    @abstractmethod
    def result_name(self) -> str:
        """What the numbers are, as a name for a column of a file: "sum_income"."""

    @abstractmethod
    def subject(self, metadata: DatasetMetadata, language: Language) -> str:
        """What is asked, without the circumstances: "Sum of income by sex"."""

    def details(self, metadata: DatasetMetadata, language: Language) -> list[str]:
        """Further circumstances of this kind of query, such as "with totals"."""
        return []

    def in_words(self, metadata: DatasetMetadata) -> Text:
        """The query as a sentence for a reviewer."""
        return Text(nl=self._sentence(metadata, "nl"), en=self._sentence(metadata, "en"))

    def _sentence(self, metadata: DatasetMetadata, language: Language) -> str:
        first = self.subject(metadata, language)
        details = [*self.circumstances(language), *self.details(metadata, language)]
        asked = "; ".join([first[0].upper() + first[1:], *details])
        population = Text(nl="Populatie", en="Population").in_language(language)
        return f"{asked}. {population}: {metadata.population.in_language(language).rstrip('.')}."

    def circumstances(self, language: Language) -> list[str]:
        """The conditions and derived variables, in words."""
        where = Text(nl="alleen waar {}", en="only where {}").in_language(language)
        derived = Text(nl="met {} berekend als {}", en="with {} computed as {}").in_language(language)
        own = Text(nl="met eigen variabele {}", en="with own variable {}").in_language(language)
        return [
            *(where.format(condition) for condition in self.where),
            *(derived.format(name, expression) for name, expression in self.derive.items()),
            *(own.format(name) for name in self.own),
            *([self.noise.words.in_language(language)] if self.noise else []),
        ]


def headings(names: tuple[str, ...], metadata: DatasetMetadata, language: Language) -> str:
    """Classifications in words: "Sex × Education"."""
    return " × ".join(metadata.heading(name).in_language(language) for name in names)
