"""Advice before submitting: what reviewers most often refuse, as far as a machine can see it.

The reasons are those that OpenSAFELY counts: numbers that are not rounded, too little context, small cells, and no
counts beneath other statistics; together about 70 % of what is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from output_checker.notebook.workplace import workplace
from output_checker.protection.query import ProtectedQuery
from output_checker.query import Query
from output_checker.text import Language, Text
from output_checker.verdict import Outcome, Verdict

SHORT_TITLE = 10
SHORT_PURPOSE = 40
"""Characters below which a title or purpose cannot say what it has to."""


@dataclass(frozen=True)
class Advice:
    """Warnings about a request that is not submitted yet; none means that nothing usual is missing."""

    warnings: tuple[Text, ...]
    language: Language

    def __bool__(self) -> bool:
        """Whether there is anything to warn about."""
        return bool(self.warnings)

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in self._lines())}</ul>"

    def _lines(self) -> list[str]:
        return [f"! {warning.in_language(self.language)}" for warning in self.warnings] or [
            f"✓ {_NOTHING.in_language(self.language)}"
        ]


def advice(query: Query, verdict: Verdict, title: str, purpose: str) -> Advice:
    """What reviewers would ask about a request."""
    found = [*_of_words(query, title, purpose), *_of_numbers(query, verdict)]
    return Advice(tuple(found), workplace().language)


def _of_words(query: Query, title: str, purpose: str) -> Iterator[Text]:
    if len(title.strip()) < SHORT_TITLE:
        yield _TITLE
    if len(purpose.strip()) < SHORT_PURPOSE:
        yield _PURPOSE
    if query.where and not any(_mentioned(condition, f"{title} {purpose}") for condition in query.where):
        yield _POPULATION


def _mentioned(condition: str, words: str) -> bool:
    """Whether a word of three letters or more of a condition is in the text."""
    parts = "".join(letter if letter.isalnum() else " " for letter in condition.lower()).split()
    return any(len(part) > 2 and part in words.lower() for part in parts)


def _of_numbers(query: Query, verdict: Verdict) -> Iterator[Text]:
    if verdict.outcome is Outcome.FAIL:
        yield _FAILS
    if not isinstance(query, ProtectedQuery):
        return
    if query.rounding is None:
        yield _UNROUNDED
    if "count" not in str(query.model_dump().get("aggfunc")):
        yield _COUNTS


_NOTHING = Text(nl="Niets wat gewoonlijk ontbreekt.", en="Nothing that is usually missing.")
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
