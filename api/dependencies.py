"""What routes ask FastAPI for: the database, the settings and the secrets of the running application."""

from __future__ import annotations

from typing import Annotated, cast

from fastapi import Depends, Request

from api.db import Database
from api.secrets import SecretStore
from api.settings import Settings


def get_database(request: Request) -> Database:
    """Return the application's database."""
    return cast(Database, request.app.state.database)


def get_app_settings(request: Request) -> Settings:
    """Return the application's settings."""
    return cast(Settings, request.app.state.settings)


def get_secrets(request: Request) -> SecretStore:
    """Return the application's secrets."""
    return cast(SecretStore, request.app.state.secrets)


DatabaseDep = Annotated[Database, Depends(get_database)]
SettingsDep = Annotated[Settings, Depends(get_app_settings)]
SecretsDep = Annotated[SecretStore, Depends(get_secrets)]
