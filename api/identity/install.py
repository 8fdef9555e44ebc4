"""Joins logging in to the application: the pages' side always, the embedded provider unless another issuer is set."""

from __future__ import annotations

from typing import cast

from fastapi import FastAPI

from api.identity import held_forms, login_page, login_routes, provider_routes
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
    app.include_router(held_forms.router)
    if settings.issuer_url == settings.api_url:
        app.include_router(provider_routes.router)
        app.include_router(login_page.router)
