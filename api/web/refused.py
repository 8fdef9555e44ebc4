"""Refusals that people meet at pages and as programs: each stands in the audit, with every reason, and where it was."""

from __future__ import annotations

from fastapi import Request

from api.access.decision import AccessRefusedError
from api.audit.refusals import Refusal, Refusals
from api.errors import NotAllowedError
from api.identity.dependencies import FOREIGN_FORM, Login


def note_refusal(request: Request, login: Login, refused: NotAllowedError) -> None:
    """Have it recorded that `login` was refused what they asked for.

    A form that is not ours is none of their doing. Of the address only its pattern is kept: what stands in it may be
    the name of a person.
    """
    if refused.code == FOREIGN_FORM:
        return
    pattern = getattr(request.scope.get("route"), "path", "")
    asked = f"{request.method} {pattern}"
    told = (("person", login.person.subject), ("asked", asked))
    refusals: Refusals = request.app.state.refusals
    if isinstance(refused, AccessRefusedError):
        because = ", ".join(one.condition for one in refused.unmet)
        subject = f"project:{refused.project}" if refused.project else f"address:{pattern}"
        door = (("door", refused.door.value),) if refused.door else ()
        refusals.tell(Refusal("access.refuse", subject, because, told + door))
    else:
        refusals.tell(Refusal("access.refuse", f"address:{pattern}", refused.code, told))
