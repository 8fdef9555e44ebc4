"""Advice before submitting: what reviewers most often refuse, as far as a machine can see it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from output_checker.notebook.workplace import workplace
from output_checker.precheck import of_numbers, of_words
from output_checker.query import Query
from output_checker.text import Language, Text
from output_checker.verdict import Outcome, Verdict


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
    fails = verdict.outcome is Outcome.FAIL
    found = [*of_words([query], title, purpose), *of_numbers(query, fails=fails)]
    return Advice(tuple(found), workplace().language)


_NOTHING = Text(nl="Niets wat gewoonlijk ontbreekt.", en="Nothing that is usually missing.")
