"""The form with which a checker decides: a choice and a comment for each table, and a comment for all."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Request

from api.errors import InvalidError
from api.review.models import Decision
from api.review.votes import Ballot
from output_checker.text import Text

_CHOICE = re.compile(r"decision(?:-(\d{1,3}))?")


async def form_fields(request: Request) -> dict[str, str]:
    """Return the words of a form as they were sent; files are left out."""
    form = await request.form()
    return {name: value for name, value in form.items() if isinstance(value, str)}


FieldsDep = Annotated[dict[str, str], Depends(form_fields)]


def ballots_in(fields: dict[str, str]) -> dict[int, Ballot]:
    """Return what a form says of each table, by position; a form about one table does not number it.

    Raises InvalidError that names the field of a choice that is none.
    """
    return {
        int(found[1] or 1): Ballot(_decision(name, value), fields.get(f"comment-{found[1]}", ""))
        for name, value in fields.items()
        if (found := _CHOICE.fullmatch(name))
    }


def _decision(name: str, said: str) -> Decision:
    try:
        return Decision(said)
    except ValueError:
        raise InvalidError(
            "no_decision", Text("Kies een beslissing.", "Choose a decision."), field=name
        ) from None
