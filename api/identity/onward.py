"""Going on, after a form was sent, to where the issuer may take over."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from api.settings import Settings
from api.web.rendering import page


def onward(request: Request, settings: Settings, address: str) -> Response:
    """Answer a form with the way to `address`, from where the issuer may lead through sites of others.

    Browsers hold the redirects that follow a form against ``form-action`` of our policy, and nobody knows through which
    sites a federation leads. A page that goes on by itself begins anew, so that the policy can stay closed.
    """
    if settings.issuer_url == settings.api_url:
        return RedirectResponse(address, status_code=303)
    return page(request, "identity/onward.html", address=address)
