"""Joins logging in to the application: the pages' side always, the embedded provider unless another issuer is set."""

from __future__ import annotations

from typing import cast

from fastapi import FastAPI

from api.identity import (
    account_pages,
    admin_pages,
    backchannel,
    held_forms,
    invitation_pages,
    login_page,
    login_routes,
    passkey_pages,
    provider_routes,
)
from api.identity.limits import Limits
from api.identity.relying_party import RelyingParty
from api.secrets import SecretStore
from api.settings import Settings


def install_identity(app: FastAPI) -> None:
    """Add the login of the pages and the provider; needs ``app.state.settings`` and ``app.state.secrets``."""
    settings, secrets = cast(Settings, app.state.settings), cast(SecretStore, app.state.secrets)
    app.state.limits = Limits()
    app.state.relying_party = RelyingParty(settings, secrets)
    app.include_router(login_routes.router)
    for router in (
        backchannel.router,
        held_forms.router,
        account_pages.sessions_router,
        admin_pages.router,
    ):
        app.include_router(router)
    if settings.issuer_url == settings.api_url:
        own = (
            provider_routes.router,
            login_page.router,
            account_pages.factors_router,
            passkey_pages.router,
            invitation_pages.router,
        )
        for router in own:
            app.include_router(router)
