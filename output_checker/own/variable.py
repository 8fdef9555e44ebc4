"""Own variables: what a query says of a column that a researcher made outside this service.

The values come with the query, one for each unit at most, so that the evidence still counts registered units once. How
they were made cannot be recomputed: the code is shown to people, who judge every result that uses them.
"""

import unicodedata
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints

from output_checker.documents import Part
from output_checker.evidence import Evidence
from output_checker.metadata import Name, Variable
from output_checker.statbarns import Statbarn
from output_checker.text import Text
from output_checker.verdict import OwnSummary

MAX_CODES = 50
MAX_WORDS = 100
MAX_CODE_TEXT = 20_000

OwnCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.<>=+-]{0,39}$")]
"""A category of an own variable; short, because a label is a channel."""


_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of characters that show nothing or turn the reading direction around: code must be what it looks like."""


def _seen(text: str) -> str:
    """Code of which people see every character.

    Raises:
        ValueError: it holds characters that show nothing, or that deceive.
    """
    if any(unicodedata.category(letter) in _UNSEEN and letter not in "\n\t" for letter in text):
        raise ValueError("characters that cannot be seen")
    return text


def _short(words: Text) -> Text:
    """Words that fit on one line of a page.

    Raises:
        ValueError: they are empty or long, or hold characters that show nothing, or that deceive.
    """
    for one in (words.nl, words.en):
        if not 0 < len(_seen(one).strip()) <= MAX_WORDS or "\n" in one or "\t" in one:
            raise ValueError("words of one line")
    return words


Words = Annotated[Text, AfterValidator(_short)]


class OwnVariable(Part):
    """What a query says of a variable of the researcher's own.

    ``code`` is the text of the program that made it, ``sha256`` the digest of the Parquet file with the values, whose
    columns are ``unit`` (the key of ``unit``, the first kind of unit when left out) and ``value``.
    """

    type: Literal["integer", "number", "category", "boolean"]
    label: Words
    code: Annotated[str, StringConstraints(min_length=1, max_length=MAX_CODE_TEXT), AfterValidator(_seen)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    codes: Annotated[dict[OwnCode, Words], Field(max_length=MAX_CODES)] = Field(default_factory=dict)
    bounds: tuple[int | float, int | float] | None = None
    unit: Name | None = None

    def variable(self, name: str) -> Variable:
        """The variable as the rest of the library knows it.

        Raises:
            MetadataError: codes or bounds do not fit the type.
        """
        return Variable(
            name=name,
            type=self.type,
            role="measure" if self.type in ("integer", "number") else "sensitive",
            label=self.label,
            codes=dict(self.codes),
            bounds=self.bounds,
        )


@dataclass(frozen=True)
class OwnEvidence(Evidence):
    """What people have to know of an own variable: its name, the code that made it, and how its values lie."""

    unit: Text
    summary: OwnSummary

    @property
    def statbarn(self) -> Statbarn:
        """Of no statistic in particular: what it is used for has evidence of its own."""
        return Statbarn.FREQUENCIES
