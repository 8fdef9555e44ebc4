"""Errors that people see: one tree, each with a status, a stable code, a reason in two languages and a way out.

EnclaveError (400)
+-- NotLoggedInError (401)
|   +-- StrongLoginNeededError  logging in again, in a stronger way, helps
+-- NotAllowedError (403)      every unmet condition is named
+-- NotFoundError (404)        also what exists but is not yours
+-- ConflictError (409)        somebody was before you, or it was done already
+-- GoneError (410)            it was there, and was taken back
+-- TooLargeError (413)
+-- InvalidError (422)         names the field
+-- TooManyRequestsError (429)
+-- UnavailableError (503)
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from pydantic import BaseModel

from output_checker.text import Text


class ErrorDetail(BaseModel):
    """What went wrong, in which field if in one, and the way out if there is one."""

    code: str
    field: str | None
    message: Text
    remedy: Text | None


class ErrorDocument(BaseModel):
    """The one shape of every error that programs get."""

    error: ErrorDetail


class EnclaveError(Exception):
    """Something people did or met that the service explains instead of doing."""

    status: ClassVar[int] = 400

    def __init__(
        self, code: str, message: Text, *, field: str | None = None, remedy: Text | None = None
    ) -> None:
        super().__init__(message.en)
        self.code, self.message, self.field, self.remedy = code, message, field, remedy

    def document(self) -> dict[str, Any]:
        """Return the JSON body of the answer."""
        error = ErrorDetail(code=self.code, field=self.field, message=self.message, remedy=self.remedy)
        return ErrorDocument(error=error).model_dump(mode="json")


class NotLoggedInError(EnclaveError):
    """Nobody is known to be there, or the login is over."""

    status = 401


class StrongLoginNeededError(NotLoggedInError):
    """Somebody is known, but what they ask needs a strong login of just now (RFC 9470)."""


class NotAllowedError(EnclaveError):
    """Somebody is known, but may not do this now."""

    status = 403


class NotFoundError(EnclaveError):
    """There is no such thing for this person; whether it exists for another is not told."""

    status = 404


class ConflictError(EnclaveError):
    """The thing changed in the meantime, or the step was taken already."""

    status = 409


class GoneError(EnclaveError):
    """The thing was there and was taken back for good."""

    status = 410


class TooLargeError(EnclaveError):
    """More was sent than is taken."""

    status = 413


class InvalidError(EnclaveError):
    """A field holds something that cannot be used."""

    status = 422


class TooManyRequestsError(EnclaveError):
    """The same address asked more often than people do."""

    status = 429


class UnavailableError(EnclaveError):
    """The service cannot answer now; asking again later helps."""

    status = 503


DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = {
    kind.status: {"model": ErrorDocument, "description": (kind.__doc__ or "").splitlines()[0]}
    for kind in (
        EnclaveError,
        NotLoggedInError,
        NotAllowedError,
        NotFoundError,
        ConflictError,
        GoneError,
        TooLargeError,
        InvalidError,
        TooManyRequestsError,
        UnavailableError,
    )
}
"""The errors that any address may answer with, for the description of the api."""
