"""When another issuer is set, there is no provider of our own, nor its login page."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings


@pytest.mark.parametrize(
    "path", ["/oidc/login", "/oidc/authorize", "/oidc/jwks", "/.well-known/openid-configuration"]
)
def test_with_another_issuer_the_provider_is_off(settings: Settings, path: str) -> None:
    app = create_app(settings.model_copy(update={"issuer": "https://login.example"}))
    with TestClient(app, base_url=settings.api_url) as client:
        assert client.get(path).status_code == 404
    app.state.database.dispose()
