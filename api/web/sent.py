"""A form that somebody sent: carry out what it asks, or show it again with what is wrong.

The one way in which a page changes something, so that every refusal is told in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from api.db import Database
from api.dependencies import DatabaseDep
from api.errors import ConflictError, EnclaveError, InvalidError
from api.identity.dependencies import CsrfDep, Login, LoginDep, StrongCsrfDep

MENDABLE: Final = (ConflictError, InvalidError)
"""What the sender can mend, told beside what they typed; any other refusal has a page of its own."""


@dataclass(frozen=True)
class Sent:
    """A form from our own page, and who sent it."""

    request: Request
    login: Login
    database: Database

    def carry_out(
        self,
        change: Callable[[Session, Login], str],
        again: Callable[[Session, EnclaveError], Response],
        *,
        told: tuple[type[EnclaveError], ...] = MENDABLE,
    ) -> Response:
        """Make the `change` in one transaction and go on (303) at the address that it returns.

        It gets the login with its rows in that transaction. What it refuses with one of `told` is answered by
        `again`, in a reading of its own, so that nothing of the change is left; other errors are raised.
        """
        try:
            with self.database.transaction() as session:
                onward = change(session, self.login.within(session))
        except told as problem:
            with self.database.reading() as session:
                return again(session, problem)
        return RedirectResponse(onward, status_code=303)


def _sent(request: Request, login: LoginDep, database: DatabaseDep, _: CsrfDep) -> Sent:
    return Sent(request, login, database)


def _sent_strongly(request: Request, login: LoginDep, database: DatabaseDep, _: StrongCsrfDep) -> Sent:
    return Sent(request, login, database)


SentDep = Annotated[Sent, Depends(_sent)]
StrongSentDep = Annotated[Sent, Depends(_sent_strongly)]
