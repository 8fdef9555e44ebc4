"""Errors that people see: one tree, each with a status, a stable code, a reason in two languages and a way out.

EnclaveError (400)
+-- NotLoggedInError (401)
+-- NotAllowedError (403)      every unmet condition is named
+-- NotFoundError (404)        also what exists but is not yours
+-- ConflictError (409)        somebody was before you, or it was done already
+-- TooLargeError (413)
+-- InvalidError (422)         names the field
+-- UnavailableError (503)
"""

from __future__ import annotations

from typing import Any, ClassVar

from output_checker.text import Text


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
        remedy = _both(self.remedy) if self.remedy else None
        return {
            "error": {
                "code": self.code,
                "field": self.field,
                "message": _both(self.message),
                "remedy": remedy,
            }
        }


def _both(text: Text) -> dict[str, str]:
    return {"nl": text.nl, "en": text.en}


class NotLoggedInError(EnclaveError):
    """Nobody is known to be there, or the login is over."""

    status = 401


class NotAllowedError(EnclaveError):
    """Somebody is known, but may not do this now."""

    status = 403


class NotFoundError(EnclaveError):
    """There is no such thing for this person; whether it exists for another is not told."""

    status = 404


class ConflictError(EnclaveError):
    """The thing changed in the meantime, or the step was taken already."""

    status = 409


class TooLargeError(EnclaveError):
    """More was sent than is taken."""

    status = 413


class InvalidError(EnclaveError):
    """A field holds something that cannot be used."""

    status = 422


class UnavailableError(EnclaveError):
    """The service cannot answer now; asking again later helps."""

    status = 503
