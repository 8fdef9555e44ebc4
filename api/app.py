"""The application: one FastAPI app for the pages, the JSON api, the provider and the doors of hub and sandboxes."""

from __future__ import annotations

from fastapi import FastAPI

from api.access import explaining_pages, granting_pages, person_routes
from api.access import pages as access_pages
from api.access import routes as hub_routes
from api.applications import pages as application_pages
from api.applications import routes as application_routes
from api.audit import pages as audit_pages
from api.audit.refusals import Refusals
from api.body_limit import BodyLimit
from api.budget import pages as budget_pages
from api.budget import routes as budget_routes
from api.centre import arrangement_pages, rules_page
from api.centre import pages as centre_pages
from api.centre import routes as centre_routes
from api.closing import hub_routes as removal_routes
from api.closing import pages as closing_pages
from api.closing import routes as closing_routes
from api.db import Database
from api.errors import DOCUMENTED
from api.identity.install import install_identity
from api.inspection import routes as inspection_routes
from api.notices import pages as notice_pages
from api.notices import routes as notice_routes
from api.people import institution_pages, institution_routes, leaving_pages, own_pages, people_pages
from api.people import routes as people_routes
from api.publication import choice_pages
from api.publication import pages as public_pages
from api.reading import seldom_look_for_garbage
from api.release import pages as release_pages
from api.release import revocation_routes
from api.release import routes as release_routes
from api.requests import author_pages, draft_pages
from api.requests import pages as request_pages
from api.requests import routes as request_routes
from api.requests.waiting import Waiting
from api.review import pages as review_pages
from api.review import routes as review_routes
from api.review import table_pages
from api.secrets import SecretStore
from api.settings import Settings, get_settings
from api.training import pages as training_pages
from api.training import routes as training_routes
from api.uploads import routes as upload_routes
from api.web import pages as start_pages
from api.web.install import install_web

ROUTERS = (
    hub_routes.router,
    request_routes.router,
    start_pages.router,
    access_pages.router,
    explaining_pages.router,
    granting_pages.router,
    closing_pages.router,
    request_pages.router,
    author_pages.router,
    draft_pages.router,
    release_pages.router,
    public_pages.router,
    choice_pages.router,
    review_pages.router,
    table_pages.router,
    notice_pages.router,
    audit_pages.router,
    centre_pages.router,
    arrangement_pages.router,
    rules_page.router,
    budget_pages.router,
    people_pages.router,
    leaving_pages.router,
    institution_pages.router,
    institution_pages.centres_router,
    own_pages.router,
    training_pages.router,
    application_pages.router,
    person_routes.router,
    people_routes.router,
    institution_routes.router,
    application_routes.router,
    training_routes.router,
    review_routes.router,
    release_routes.router,
    revocation_routes.router,
    notice_routes.router,
    centre_routes.router,
    budget_routes.router,
    upload_routes.router,
    inspection_routes.router,
    closing_routes.router,
    removal_routes.router,
)
"""In the order in which they are asked whether an address is theirs: first those that programs ask all the time."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application on the state that `settings` name; the database must be migrated (``enclave init``)."""
    seldom_look_for_garbage()
    settings = settings or get_settings()
    # No redirect for a forgotten slash: it would lead to whatever host the request names.
    app = FastAPI(
        title="Urban Enclave", version="0.1.0", docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.settings = settings
    app.state.database = Database(settings.database)
    app.state.waiting = Waiting(app.state.database)
    app.state.refusals = Refusals(app.state.database)
    app.state.secrets = SecretStore(settings.directory("secrets"))
    app.add_middleware(BodyLimit, uploads=settings.upload_bytes)
    install_web(app)
    install_identity(app)
    for router in ROUTERS:
        app.include_router(router, responses=DOCUMENTED)
    return app
