"""The application: one FastAPI app for the pages, the JSON api, the provider and the doors of hub and sandboxes."""

from __future__ import annotations

from fastapi import FastAPI

from api.access import person_routes
from api.access import routes as access_routes
from api.db import Database
from api.identity.install import install_identity
from api.release import routes as release
from api.requests import routes as requests
from api.review import routes as review
from api.secrets import SecretStore
from api.settings import Settings, get_settings
from api.web.install import install_web


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application on the state that `settings` name; the database must be migrated (``enclave init``)."""
    settings = settings or get_settings()
    app = FastAPI(title="Urban Enclave", version="0.1.0", docs_url=None, redoc_url=None)
    app.state.settings = settings
    app.state.database = Database(settings.database)
    app.state.secrets = SecretStore(settings.directory("secrets"))
    install_web(app)
    install_identity(app)
    for part in (requests, review, release):
        app.include_router(part.router)
    app.include_router(access_routes.router)
    app.include_router(person_routes.router)
    return app
