"""The forms of a checker: a choice and a comment for each table with a comment for all, and what narrows the queue."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Request

from api.errors import InvalidError
from api.review.comments import Mention
from api.review.models import AfterCheckResult, Decision
from api.review.queue import Holder, Narrowing
from api.review.votes import Ballot
from output_checker.text import Text
from output_checker.verdict import Outcome

DAYS = ("1", "3", "7", "14")
"""The ages that the queue can be narrowed to."""
_CELL = re.compile(r"(\d{1,3})\.(\d{1,6})\.(\d{1,6})")
_CHOICE = re.compile(r"decision(?:-(\d{1,3}))?")


async def form_fields(request: Request) -> dict[str, str]:
    """Return the words of a form as they were sent; files are left out."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


FieldsDep = Annotated[dict[str, str], Depends(form_fields)]


def mentions_in(text: str) -> list[Mention]:
    """Return the cells that a form names as table.row.column, counted from 1: "1.2.3, 1.4.1".

    Raises InvalidError when something else is written.
    """
    parts = text.replace(",", " ").split()
    found = [_CELL.fullmatch(part) for part in parts]
    if not all(found):
        raise InvalidError(
            "bad_cells",
            Text(
                "Schrijf cellen als tabel.rij.kolom, zoals 1.2.3.",
                "Write cells as table.row.column, such as 1.2.3.",
            ),
            field="cells",
        )
    return [Mention(int(one[1]), int(one[2]) - 1, int(one[3]) - 1) for one in found if one]


def narrowing_in(project: str = "", risk: str = "", held_by: str = "", days: str = "") -> Narrowing:
    """Return which part of the queue an address asks for; what it says badly narrows nothing."""
    risks, holders = {one.value: one for one in Outcome}, {one.value: one for one in Holder}
    least = int(days) if days in DAYS else 0
    return Narrowing(project or None, risks.get(risk), holders.get(held_by), least)


NarrowingDep = Annotated[Narrowing, Depends(narrowing_in)]


def ballots_in(fields: dict[str, str]) -> dict[int, Ballot]:
    """Return what a form says of each table, by position; a form about one table does not number it.

    Raises InvalidError that names the field of a choice that is none.
    """
    return {
        int(found[1] or 1): Ballot(_decision(name, value), fields.get(f"comment-{found[1]}", ""))
        for name, value in fields.items()
        if (found := _CHOICE.fullmatch(name))
    }


def result_in(fields: dict[str, str]) -> AfterCheckResult:
    """Return what a form says of a release that is checked afterwards.

    Raises InvalidError when it says nothing that can be said.
    """
    said = fields.get("result", "")
    if said not in set(AfterCheckResult):
        raise InvalidError(
            "no_result", Text("Kies wat u ervan vindt.", "Choose what you find of it."), field="result"
        )
    return AfterCheckResult(said)


def _decision(name: str, said: str) -> Decision:
    try:
        return Decision(said)
    except ValueError:
        raise InvalidError(
            "no_decision", Text("Kies een beslissing.", "Choose a decision."), field=name
        ) from None
