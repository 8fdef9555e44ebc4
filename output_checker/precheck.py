"""What reviewers most often refuse, as far as a machine can see it before anything is submitted.

The reasons are those that OpenSAFELY counts: numbers that are not rounded, too little context, small cells, and no
counts beneath other statistics; together about 70 % of what is refused.
"""

from collections.abc import Iterator, Sequence

from output_checker.protection.query import ProtectedQuery
from output_checker.query import Query
from output_checker.text import Text

SHORT_TITLE = 10
SHORT_PURPOSE = 40
"""Characters below which a title or purpose cannot say what it has to."""


def of_words(queries: Sequence[Query], title: str, purpose: str, population: str = "") -> Iterator[Text]:
    """What is missing in the words around queries."""
    if len(title.strip()) < SHORT_TITLE:
        yield _TITLE
    if len(purpose.strip()) < SHORT_PURPOSE:
        yield _PURPOSE
    told = f"{title} {purpose} {population}"
    if any(query.where and not _is_told(query, told) for query in queries):
        yield _POPULATION


def of_numbers(query: Query, *, fails: bool = False) -> Iterator[Text]:
    """What is missing in one query; ``fails`` when its verdict is known to refuse it."""
    if fails:
        yield _FAILS
    if not isinstance(query, ProtectedQuery):
        return
    if query.rounding is None:
        yield _UNROUNDED
    if "count" not in str(query.model_dump().get("aggfunc")):
        yield _COUNTS


def _is_told(query: Query, words: str) -> bool:
    return any(_mentioned(condition, words) for condition in query.where)


def _mentioned(condition: str, words: str) -> bool:
    """Whether a word of three letters or more of a condition is in the text."""
    parts = "".join(letter if letter.isalnum() else " " for letter in condition.lower()).split()
    return any(len(part) > 2 and part in words.lower() for part in parts)


_TITLE = Text(
    nl="Geef een titel die zegt wat het is en over wie.",
    en="Give a title that says what it is and about whom.",
)
_PURPOSE = Text(
    nl="Zeg in het doel waar dit resultaat voor dient en in welke publicatie het komt.",
    en="Say in the purpose what this result serves and in which publication it will appear.",
)
_POPULATION = Text(
    nl="Noem in titel of doel de populatie: het resultaat gaat over een deel van de eenheden (where).",
    en="Name the population in title or purpose: the result is about part of the units (where).",
)
_FAILS = Text(
    nl="Er zijn cellen die niet voldoen: de aanvraag komt zo terug. table.suppress() verbergt ze.",
    en="There are cells that fail: the request will come back. table.suppress() hides them.",
)
_UNROUNDED = Text(
    nl="De getallen zijn niet afgerond; controleurs vragen daar vaak om. table.round(5) doet dat.",
    en="The numbers are not rounded; checkers often ask for that. table.round(5) does it.",
)
_COUNTS = Text(
    nl="Dien ook de aantallen in die onder deze getallen liggen.",
    en="Submit the counts that are underneath these numbers too.",
)
