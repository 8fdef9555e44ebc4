"""What was typed into a form that was refused: shown again where it was typed, beside what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from api.errors import EnclaveError
from output_checker.text import Text


@dataclass(frozen=True)
class Typed:
    """The refused form of a page by its name, what was typed in its fields, and why it was refused; or nothing at all."""

    form: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    problem: EnclaveError | None = None

    @property
    def status(self) -> int:
        """Status of the page that shows it."""
        return self.problem.status if self.problem else 200

    def refused(self, problem: EnclaveError) -> Typed:
        """Return the same form with why it was refused."""
        return replace(self, problem=problem)

    def value(self, form: str, name: str, default: str = "") -> str:
        """Return what stands in a field."""
        return self.given.get(name, default) if form == self.form else default

    def error(self, form: str, name: str) -> Text | None:
        """Return what is wrong with a field."""
        wrong = self.problem is not None and form == self.form and self.problem.field == name
        return self.problem.message if self.problem and wrong else None


UNTOUCHED = Typed()


def refusal(problem: EnclaveError | None) -> dict[str, Any]:
    """Return what a page shows of a refusal: its status, the refusal itself, and what is wrong by field."""
    return {
        "status": problem.status if problem else 200,
        "problem": problem,
        "fields": {problem.field: problem.message} if problem and problem.field else {},
    }
